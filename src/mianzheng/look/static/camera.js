// A QR held to this machine's camera fills a field: what the browser's own BarcodeDetector reads, else the vendored one.
//   [data-camera=FIELD]   a button: FIELD is the id of the input that is filled
//     data-accept         what a right code looks like (a regular expression); another one is passed over, and said so
//     data-then           id of the field to type in next; without one the form goes
// The picture stays in this page: no frame is kept or sent anywhere. Without a camera the code is typed.
const dialog = document.querySelector("dialog.camera");
const EVERY = 120; // milliseconds between two looks

async function detector() {
  const own = globalThis.BarcodeDetector;
  const reads = own ? await own.getSupportedFormats().catch(() => []) : [];
  const Detector = reads.includes("qr_code") ? own : (await import("./vendor/qr/decode.js")).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
}

function say(what) {
  for (const line of dialog.querySelectorAll("[data-when]")) line.hidden = line.dataset.when !== what;
}

const pause = () => new Promise((done) => setTimeout(done, EVERY));

async function read(video, right) {
  const eye = await detector();
  while (dialog.open) {
    const found = video.videoWidth ? await eye.detect(video).catch(() => []) : [];
    const code = found.map((one) => one.rawValue.trim()).find((text) => right.test(text));
    if (code) return code;
    if (found.length) say("wrong");
    await pause();
  }
  return "";
}

async function scan(button) {
  const field = document.getElementById(button.dataset.camera);
  const video = dialog.querySelector("video");
  say("ready");
  dialog.showModal();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    const code = await read(video, new RegExp(button.dataset.accept));
    if (!code) return;
    field.value = code;
    dialog.close();
    const next = document.getElementById(button.dataset.then ?? "");
    if (next) next.focus();
    else field.form.requestSubmit();
  } catch {
    say("none");
  } finally {
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

if (dialog && navigator.mediaDevices) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-camera]");
    if (button) scan(button);
  });
}
