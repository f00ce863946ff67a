"""The hub's JSON API (docs/protocol.md): thin routes over `cases`, one access rule on each, one table of errors.

Import `mianzheng.web.app.create_hub` for the ASGI application; `mianzheng.web.worker` and
`mianzheng.web.auditor` are the two processes beside it.
"""
