"""Cases 办件: opened, authorised, asked, decided, issued, delivered, by one conductor.

1. `opening` opens a case and fixes its date; `authorising` takes what the person signed.
2. `advance` is the only conductor: it looks at the state and takes the next step, again and again,
   until the case has to wait for somebody. It runs inside the caller's request; what must wait is
   looked at again by a job (`worker`).
3. Each step is one statement of the store: conditional update, flip, ledger entries, requests.
   What leaves the hub was committed before, as the very bytes that are sent.
4. `steps` takes what a person signs later: acceptance, contest, withdrawal. `view` and `explaining`
   show a case; `publishing` and `library` hold the items.
"""
