using System.Numerics;
using System.Text.Json;
using CsCheck;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Text;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class TextModelTests
{
    private const string Description = """
        name: ocr
        version: 4
        kind: vision
        file: models/ch_PP-OCRv4_det_infer.onnx
        preprocess: {colour: bgr, scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
        postprocess:
          kind: text
          recognizer: models/ch_PP-OCRv4_rec_infer.onnx
          characters: labels/ppocr_keys_v1.txt
        """;

    [Fact]
    public void A_page_is_read_line_by_line()
    {
        using TextModel model = Load(Description);

        var (result, error) = Assert.Single(SharedModels.Run(model, [SharedModels.Frame(SharedModels.Image("sk_page.png"))], 1));

        Assert.Null(error);
        string[] lines = [.. result.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("text").GetString()!)];
        string read = Letters(string.Concat(lines));
        // Spaces and a letter here and there are the recognizer's affair; the words must be there, in order.
        int from = 0;
        foreach (string word in "Region based segmentation first determine markers coins background These pixels can label unambiguously object Here are found extreme parts histogram grey values markers zeros coins".Split(' '))
        {
            int at = read.IndexOf(word, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"\"{word}\" is not behind {read[..from]} in {string.Join(" | ", lines)}");
            from = at + word.Length;
        }

        Assert.InRange(lines.Length, 7, 8);
        AssertDownThePage(result);
    }

    [Fact]
    public void A_picture_without_text_has_no_lines_and_a_broken_one_is_a_failure()
    {
        using TextModel model = Load(Description);

        var results = SharedModels.Run(model, [SharedModels.Frame(Pictures.Png(64, 64, 8, 0, new byte[4096])), SharedModels.Frame([1, 2, 3])], 2);

        Assert.Equal(0, results[0].Result.GetProperty("lines").GetArrayLength());
        Assert.Equal("broken_image", results[1].Error?.Code);
    }

    [Fact]
    public void Characters_that_do_not_fit_the_recognizer_are_found_at_load()
    {
        var failure = Assert.Throws<ModelLoadException>(() => Load(Description.Replace("ppocr_keys_v1.txt", "coco80.names", StringComparison.Ordinal)));
        Assert.Contains("80 characters", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctc_leaves_out_blanks_and_repeats()
    {
        CtcDecoder decoder = new(["a", "b"]);
        float[] steps = [.. new[] { 1, 1, 0, 1, 2, 2, 3, 2 }.SelectMany(best => Enumerable.Range(0, 4).Select(c => c == best ? 0.8f : 0.1f))];

        Assert.Equal("aab b", decoder.Decode(steps).Text);
        Assert.Equal(0.8f, decoder.Decode(steps).Score, 1e-6f);
        Assert.Equal(("", 0f), decoder.Decode([1, 0, 0, 0]));
    }

    [Fact]
    public void The_smallest_box_around_a_turned_rectangle_is_the_rectangle() =>
        Gen.Select(Gen.Float[10, 200], Gen.Float[10, 200], Gen.Float[0, 6.28f], Gen.Float[-50, 50], Gen.Int[0, 40]).Sample((width, height, angle, at, inside) =>
        {
            RotatedBox box = new(new(at, -at), new(MathF.Cos(angle), MathF.Sin(angle)), width, height);
            List<Vector2> points = [box.At(0, 0), box.At(1, 0), box.At(1, 1), box.At(0, 1)];
            Random random = new(inside);
            for (int i = 0; i < inside; i++) points.Add(box.At(random.NextSingle(), random.NextSingle()));

            var found = MinimumAreaBox.Around(points);

            Assert.Equal(width * height, found.Width * found.Height, width * height * 1e-3f);
            Assert.Equal(box.Middle.X, found.Middle.X, 0.05f);
            Assert.Equal(box.Middle.Y, found.Middle.Y, 0.05f);
        });

    [Fact]
    public void Lines_are_found_in_a_map_and_widened()
    {
        const int width = 100, height = 60;
        float[] map = new float[width * height];
        for (int y = 20; y <= 29; y++)
            for (int x = 10; x <= 69; x++) map[y * width + x] = 0.9f;
        map[50 * width + 90] = 1;
        List<RotatedBox> lines = [];

        new TextRegionFinder(new TextSpec { Recognizer = "", Characters = [] }).Find(map, width, lines);

        var line = Assert.Single(lines);
        // 59 x 9 between pixel middles, grown by 59 * 9 * 1.5 / 136 on each side.
        Assert.Equal(59 + 2 * 5.857f, line.Width, 0.01f);
        Assert.Equal(9 + 2 * 5.857f, line.Height, 0.01f);
        Assert.Equal(new Vector2(39.5f, 24.5f), line.Middle);
    }

    private static TextModel Load(string yaml) =>
        TextModel.Load(VisionDescriptionFile.Read(yaml, Path.Combine(SharedData.Require("data/vision"), "model.yaml")), new OnnxSessionFactory());

    private static string Letters(string text) => new([.. text.Where(char.IsAsciiLetterOrDigit)]);

    private static void AssertDownThePage(JsonElement result)
    {
        float[] tops = [.. result.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("polygon")[1].GetSingle())];
        Assert.Equal(tops.Order(), tops);
    }
}
