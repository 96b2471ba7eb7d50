/**
 * Area under the ROC curve: the chance that what should be found is rated higher than what should not, ties counting half (Mann and Whitney's U).
 *
 * @param duds ratings of what should be found
 * @param good ratings of what should not
 */
export function areaUnderCurve(duds, good) {
  const all = [
    ...duds.map((rating) => ({ rating, isDud: true })),
    ...good.map((rating) => ({ rating, isDud: false })),
  ];
  all.sort((a, b) => a.rating - b.rating);
  let ranks = 0;
  for (let first = 0, next = 0; first < all.length; first = next) {
    while (next < all.length && all[next].rating === all[first].rating) next++;
    const rank = (first + 1 + next) / 2;
    for (let i = first; i < next; i++) if (all[i].isDud) ranks += rank;
  }
  return (ranks - (duds.length * (duds.length + 1)) / 2) / (duds.length * good.length);
}
