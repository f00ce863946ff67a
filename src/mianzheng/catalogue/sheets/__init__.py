"""Items as a spreadsheet, in the form in which cities keep their 实施清单, and from such a spreadsheet draft packs.

1. `columns` names the sheets 事项, 材料, 条件, 样例, 部门 and the column in which each part of an item stands.
2. `cells` turns a part into what a cell shows, and back, saying what is wrong with it.
3. `writing` makes the workbook; `reading` makes drafts of one, with a fault for each cell that cannot be meant so.
4. `drafts` lays the drafts into a tree of packs: all of them, or none.
"""
