"""The legal documents 文书 of a case: dated templates, PDF/A with the city's fonts, the department's seal.

What a paper says is composed from the facts of a case (`compose`), set by typst (`typesetting`) and given a place for
a signature (`signature`); the handling department's own gateway makes the signature through a seal port (`stamp`).
Nothing here knows a database or the web.
"""
