// The field that a person types a name into has no name of its own: what stands in it is sealed before the form is sent.
import { seal } from "./sealing.js";

for (const form of document.querySelectorAll("form:has([data-seal])")) {
  form.addEventListener("submit", async (event) => {
    const open = [...form.querySelectorAll("[data-seal]")].filter((field) => field.querySelector("[data-choice]").value.trim());
    if (!open.length) return;
    event.preventDefault();
    try {
      for (const field of open) {
        const { seal: role, key, kid } = field.dataset;
        field.querySelector("[data-sealed]").value = await seal({ role, key, kid }, field.querySelector("[data-choice]").value.trim());
      }
      form.submit();
    } catch {
      form.querySelector("[data-seal-fault]").hidden = false;
    }
  });
}
