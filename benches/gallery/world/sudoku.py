"""Solves a sudoku: the cell with the fewest numbers left is tried first."""
puzzle = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"


def peers_of(cell):
    row, column = divmod(cell, 9)
    return [
        other
        for other in range(81)
        if other != cell
        and (other // 9 == row or other % 9 == column or (other // 27 == row // 3 and other % 9 // 3 == column // 3))
    ]


peers = [peers_of(cell) for cell in range(81)]


def solve(cells):
    best = None
    choices = None
    for cell, value in enumerate(cells):
        if value != 0:
            continue
        taken = {cells[other] for other in peers[cell]}
        free = [number for number in range(1, 10) if number not in taken]
        if best is None or len(free) < len(choices):
            best = cell
            choices = free
    if best is None:
        return cells
    for number in choices:
        following = cells.copy()
        following[best] = number
        solved = solve(following)
        if solved is not None:
            return solved
    return None


cells = solve([0 if sign == "." else int(sign) for sign in puzzle])
for start in range(0, 81, 9):
    print(*cells[start:start + 9])
