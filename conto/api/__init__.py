"""The API: what the pages do for people, for programs.

One file per noun in `nouns`, each with its operations and shapes. Every operation is declared with `reads` or
`writes` of `operations.py`, which say its permission; the files beside it do what all operations share: the door
(who asks), limits, answers, problems, pages, conditions and repeated requests.
"""
