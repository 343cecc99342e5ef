"""How far two words are from each other: for « Vouliez-vous dire … ? ». Pure."""

SHORT = 4  # letters up to which one mistake is all that is supposed
MOST = 2  # mistakes in longer words


def tolerance(word: str) -> int:
    """How many mistakes somebody may have made in a word of this length."""
    return 1 if len(word) <= SHORT else MOST


def distance(one: str, other: str, most: int) -> int:
    """How many letters to add, drop, change or swap with their neighbour; `most` + 1 when it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)
