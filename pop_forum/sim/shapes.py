"""Who is a peer of whom: everybody of everybody, or a network in which entries must pass through others."""

from pop_forum.sim.chance import Chance

MESH, LINE, RING, STAR = "mesh", "line", "ring", "star"
SHAPES = (MESH, LINE, RING, STAR)
DRAWN = (MESH, MESH, LINE, STAR, RING)  # half of the seeds or so are of communes that do not all meet
LONGEST_LINE = 5  # sites; a longer one takes as many rounds again, and shows nothing new


def drawn(seed: int, count: int) -> str:
    """The shape of a seed's network; two sites have but one."""
    shape = Chance("shape", seed).pick(DRAWN)
    return MESH if count < 3 or (shape == LINE and count > LONGEST_LINE) else shape


def neighbours(shape: str, count: int, number: int) -> frozenset[int]:
    """The sites that this one is linked with."""
    others = range(count)
    if shape == MESH:
        return frozenset(each for each in others if each != number)
    if shape == STAR:
        return frozenset(each for each in others if (each == 0) != (number == 0))
    along = {number - 1, number + 1}
    if shape == RING:
        along = {each % count for each in along}
    return frozenset(each for each in others if each in along and each != number)


def diameter(shape: str, count: int) -> int:
    """How many links lie between the two sites that are furthest from each other."""
    return {MESH: 1, LINE: count - 1, RING: count // 2, STAR: min(2, count - 1)}[shape]
