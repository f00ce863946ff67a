"""The catalogue as a folder of plain pages: every item, department, register, fact and question, to read and to search.

Nothing runs behind it: pages lie in files, in Chinese and in English, and the search works without a server. For a
city's lawyers, and for whoever wants to read what is asked before they trust it.

1. `telling` gathers what each page says; `examples` says what an item's examples give.
2. `finding` is the index that the search reads.
3. `writing` renders all of it into a new folder, and puts that in place as a whole.
"""
