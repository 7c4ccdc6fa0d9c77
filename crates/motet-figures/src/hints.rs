//! What to write instead of the words of other tools: matplotlib, MATLAB, ggplot.

/// Names that mean the same, sorted.
pub(crate) const FAMILIAR: &[(&str, &str)] = &[
    ("axhline", "hline"),
    ("axhspan", "hspan"),
    ("axvline", "vline"),
    ("axvspan", "vspan"),
    ("errorbars", "errorbar"),
    ("histogram", "hist"),
    ("pcolor", "figures.heatmap"),
    ("pcolormesh", "figures.heatmap"),
    ("savefig", "save"),
    ("set_title", "title"),
    ("set_xlabel", "xlabel"),
    ("set_xlim", "xlim"),
    ("set_xscale", "xscale"),
    ("set_ylabel", "ylabel"),
    ("set_ylim", "ylim"),
    ("set_yscale", "yscale"),
    ("stackplot", "area"),
    ("stairs", "step"),
    ("suptitle", "title"),
    ("to_html", "to_svg"),
    ("xline", "vline"),
    ("yline", "hline"),
];

/// By name: the kind or the module, and what to write. Sorted.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("add_subplot", "Figure", "figures stand beside each other in `subplots([[a, b], [c, d]])`"),
    ("axhline", "figures", "a line across the axes is `plot(x, y).hline(2)`"),
    ("axis", "Figure", "the ends of the axes are `xlim(0, 5)` and `ylim(0, 5)`; equal units are `with(equal: true)`"),
    ("axis", "figures", "the ends of the axes are options, `plot(x, y, xlim: [0, 5])`"),
    ("axvline", "figures", "a line across the axes is `plot(x, y).vline(2)`"),
    (
        "boxplot",
        "Figure",
        "boxes are not drawn: `errorbar(x, y, yerr: [a, b])` shows the middle and how far values reach",
    ),
    (
        "boxplot",
        "figures",
        "boxes are not drawn: `errorbar(x, y, yerr: [a, b])` shows the middle and how far values reach",
    ),
    ("close", "figures", "a figure is a value: there is nothing to close"),
    (
        "colorbar",
        "Figure",
        "a figure with a map has its bar of colors: `with(color_bar: \"title\")` names it, `with(color_bar: false)` leaves it out",
    ),
    ("figure", "figures", "a figure begins with what it shows, `plot(x, y)`; `axes(title: \"…\")` is an empty one"),
    ("gca", "figures", "a figure is a value: `let a = plot(x, y)`, and `a.plot(x, z)` is one with another line"),
    ("gcf", "figures", "a figure is a value: `let a = plot(x, y)`, and `a.plot(x, z)` is one with another line"),
    ("hist2d", "figures", "counts in cells are `heatmap(x, y, z)`"),
    ("hold", "figures", "a figure is a value: `plot(x, y).plot(x, z)` is one with both lines"),
    ("invert_xaxis", "Figure", "an axis is reversed by its ends, `xlim(10, 0)`"),
    ("invert_yaxis", "Figure", "an axis is reversed by its ends, `ylim(10, 0)`"),
    ("pie", "figures", "shares are told apart better by lengths: `barh(x, y, values: true)`"),
    ("plot3", "figures", "figures have two axes: `scatter(x, y, color: z)` shows a third by colors"),
    ("savefig", "figures", "a figure is a value: `plot(x, y).save(\"a.svg\")`"),
    ("show", "figures", "a figure is a value: `plot(x, y).show()`"),
    ("stem", "figures", "lines from the axis are `bar(x, y, width: 0.1)`"),
    ("surf", "figures", "figures have two axes: `heatmap(x, y, z)` and `contour(x, y, z)` show a third by colors"),
    ("tight_layout", "Figure", "a figure finds its room: nothing needs to be called"),
    ("tight_layout", "figures", "a figure finds its room: nothing needs to be called"),
    ("title", "figures", "a figure is a value: `plot(x, y).title(\"…\")`, or `plot(x, y, title: \"…\")`"),
    ("twinx", "Figure", "what belongs to the right axis says so: `plot(x, z, axis: \"right\")`"),
    ("violinplot", "figures", "`hist(x)` shows how numbers are spread"),
    ("xlabel", "figures", "a figure is a value: `plot(x, y).xlabel(\"…\")`, or `plot(x, y, xlabel: \"…\")`"),
    ("xticks", "Figure", "marks are an option: `with(xticks: [1, 2])`, or `with(xticks: {a: 1, b: 2})`"),
    ("ylabel", "figures", "a figure is a value: `plot(x, y).ylabel(\"…\")`, or `plot(x, y, ylabel: \"…\")`"),
    ("yticks", "Figure", "marks are an option: `with(yticks: [1, 2])`, or `with(yticks: {a: 1, b: 2})`"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_sorted() {
        assert!(super::ELSEWHERE.is_sorted());
        assert!(super::FAMILIAR.is_sorted());
    }
}
