using System.Text;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Drawing;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class DrawingTests
{
    private readonly FrameOverlay _overlay = new(new FrameLimits());

    [Fact]
    public void A_box_and_its_label_are_drawn_where_they_belong()
    {
        byte[] black = Pictures.Png(200, 120, 8, 0, new byte[200 * 120]);

        var error = _overlay.Draw(black, null, """{"detections":[{"class_id":0,"label":"dent","score":0.9,"box":[50,40,150,100]}]}"""u8.ToArray(), out byte[] jpeg);

        Assert.False(error.Failed);
        FrameDecoder decoder = new(new FrameLimits());
        Assert.False(decoder.Decode(jpeg).Failed);
        Assert.Equal((200, 120), (decoder.Pixels.Width, decoder.Pixels.Height));
        Assert.True(Green(decoder.Pixels, 100, 40) > 80, "the upper edge");
        Assert.True(Green(decoder.Pixels, 50, 70) > 80, "the left edge");
        Assert.True(Green(decoder.Pixels, 100, 70) < 40, "the inside");
        // The label's ground stands on the box; its letters are dark.
        int[] row = [.. Enumerable.Range(51, 50).Select(x => Green(decoder.Pixels, x, 36))];
        Assert.True(row.Max() > 180 && row.Min() < 100, string.Join(' ', row));
    }

    [Fact]
    public void Raw_frames_text_and_classes_are_drawn_too_and_odd_results_do_no_harm()
    {
        RawFrame raw = new(40, 30, RawPixelFormat.Gray8);
        string[] results =
        [
            """{"lines":[{"text":"a","score":1,"polygon":[1,1,30,1,30,20,1,20]}]}""",
            """{"classes":[{"class_id":3,"score":0.5},{"class_id":1,"label":"b, c","score":0.1}]}""",
            """{"detections":[{"box":[1]},{"box":["x"]},3]}""", """{"detections":7,"lines":[{"polygon":[1,2,3]}]}""", "[]", "null",
        ];
        foreach (string result in results)
        {
            Assert.False(_overlay.Draw(new byte[40 * 30], raw, Encoding.UTF8.GetBytes(result), out byte[] jpeg).Failed);
            Assert.Equal(ImageFormat.Jpeg, ImageSniffer.Sniff(jpeg));
        }

        Assert.Equal(FrameErrorCode.UnknownFormat, _overlay.Draw(new byte[20], null, "{}"u8.ToArray(), out byte[] none).Code);
        Assert.Empty(none);
    }

    [Fact]
    public void Each_character_of_the_font_looks_different()
    {
        const string characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_%:/ ?";
        var shapes = characters.Select(Shape).ToArray();
        Assert.Equal(shapes.Length, shapes.Distinct().Count());
        Assert.Equal(Shape('A'), Shape('a'));

        static string Shape(char character) => string.Concat(
            from row in Enumerable.Range(0, PixelFont.Height)
            from column in Enumerable.Range(0, PixelFont.Width)
            select PixelFont.IsSet(character, column, row) ? '#' : '.');
    }

    [Fact]
    public void A_contact_sheet_holds_every_frame_and_escapes_what_it_is_given()
    {
        StringWriter page = new();
        using (ContactSheet sheet = new("run <1>", page))
        {
            sheet.Add([1, 2, 3], "<script>");
            Assert.Equal(1, sheet.Count);
        }

        Assert.Contains("src=\"data:image/jpeg;base64,AQID\"", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("<title>run &lt;1&gt;</title>", page.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_thumbnail_keeps_the_shape_and_never_grows()
    {
        byte[] wide = Pictures.Encode(Pictures.Noise(200, 100, 1), 200, 100, SkiaSharp.SKEncodedImageFormat.Jpeg, 90);
        FrameDecoder decoder = new(new FrameLimits());
        foreach (var (side, width, height) in new[] { (50, 50, 25), (1000, 200, 100) })
        {
            Assert.False(decoder.Decode(FrameOverlay.Thumbnail(wide, side)).Failed);
            Assert.Equal((width, height), (decoder.SourceWidth, decoder.SourceHeight));
        }
    }

    private static int Green(PixelBuffer pixels, int x, int y) => pixels.Pixels[(y * pixels.Width + x) * 4 + 1];
}
