namespace StreamInference.Onnx.Vision.Drawing;

/// <summary>
/// Capital letters, digits and some signs of 5 by 7 dots, of this project's own drawing: servers have no fonts. Small letters are drawn as
/// capitals, anything else as a box.
/// </summary>
internal static class PixelFont
{
    public const int Width = 5;
    public const int Height = 7;

    private const string Order = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_%:/";

    private const string Dots = """
        .###. ####. .#### ####. ##### ##### .#### #...# .###. ..### #...# #.... #...# #...#
        #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #..#. #.... ##.## ##..#
        #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.# #.#.#
        ##### ####. #.... #...# ####. ####. #..## ##### ..#.. ...#. ##... #.... #.#.# #..##
        #...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...# #...#
        #...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #...#
        #...# ####. .#### ####. ##### #.... .###. #...# .###. .##.. #...# ##### #...# #...#

        .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# ##### .###. ..#..
        #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....# #...# .##..
        #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. #..## ..#..
        #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. #.#.# ..#..
        #...# #.... #.#.# #.#.. ....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#... ##..# ..#..
        #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... #...# ..#..
        .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .###. .###.

        .###. .###. ...#. ##### .###. ##### .###. .###. ..... ..... ..... ##..# ..... ....#
        #...# #...# ..##. #.... #.... ....# #...# #...# ..... ..... ..... ##..# ..#.. ....#
        ....# ....# .#.#. ####. #.... ...#. #...# #...# ..... ..... ..... ...#. ..... ...#.
        ...#. ..##. #..#. ....# ####. ..#.. .###. .#### ..... ##### ..... ..#.. ..... ..#..
        ..#.. ....# ##### ....# #...# .#... #...# ....# ..... ..... ..... .#... ..... .#...
        .#... #...# ...#. #...# #...# .#... #...# ....# .##.. ..... ..... #..## ..#.. #....
        ##### .###. ...#. .###. .###. .#... .###. .###. .##.. ..... ##### #..## ..... #....
        """;

    private const int PerBand = 14;
    private static readonly string[] Lines = Dots.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a dot of a character is set.</summary>
    public static bool IsSet(char character, int column, int row)
    {
        if (character == ' ') return false;
        int glyph = Order.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal);
        if (glyph < 0) return column is 0 or Width - 1 || row is 0 or Height - 1;
        return Lines[glyph / PerBand * Height + row][glyph % PerBand * (Width + 1) + column] == '#';
    }
}
