using System.Runtime.InteropServices;
using CsCheck;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class TensorWriterTests
{
    [Theory]
    [InlineData(640, 480, 416, 416, FitMode.Letterbox, ResizeFilter.Antialias)]
    [InlineData(480, 640, 416, 416, FitMode.Letterbox, ResizeFilter.Linear)]
    [InlineData(61, 37, 224, 200, FitMode.Stretch, ResizeFilter.Antialias)]
    [InlineData(500, 333, 224, 224, FitMode.Crop, ResizeFilter.Antialias)]
    [InlineData(2000, 30, 64, 64, FitMode.Stretch, ResizeFilter.Antialias)]
    [InlineData(1, 1, 9, 5, FitMode.Stretch, ResizeFilter.Linear)]
    [InlineData(3, 700, 32, 32, FitMode.Letterbox, ResizeFilter.Linear)]
    public void The_resize_equals_the_plain_definition(int width, int height, int toWidth, int toHeight, FitMode mode, ResizeFilter filter)
    {
        var fit = new FrameFit(toWidth, toHeight, mode) { Centered = true, ResizeShort = mode == FitMode.Crop ? 256 : null };
        AssertEqualsDefinition(new PreprocessSpec { Fit = fit, Filter = filter, Pad = 114 }, Picture(width, height, 5));
    }

    [Fact]
    public void Any_size_to_any_size_equals_the_plain_definition() =>
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, 2], Gen.Bool)
            .Sample(
                (width, height, toWidth, toHeight, mode, antialias) =>
                {
                    var spec = new PreprocessSpec
                    {
                        Fit = new FrameFit(toWidth, toHeight, (FitMode)mode),
                        Filter = antialias ? ResizeFilter.Antialias : ResizeFilter.Linear,
                        Pad = 20,
                    };
                    AssertEqualsDefinition(spec, Picture(width, height, width));
                },
                iter: 300);

    [Fact]
    public void A_flat_picture_stays_flat_at_every_reduction() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 200], Gen.Byte).Sample(
            (length, to, value) =>
            {
                var pixels = new PixelBuffer();
                pixels.Resize(length, 2);
                pixels.Pixels.Fill(value);
                foreach (float sample in Write(new PreprocessSpec { Fit = new FrameFit(to, 1, FitMode.Stretch) }, pixels)) Assert.Equal(value, sample, 0.05f);
                pixels.Resize(2, length);
                pixels.Pixels.Fill(value);
                foreach (float sample in Write(new PreprocessSpec { Fit = new FrameFit(1, to, FitMode.Stretch) }, pixels)) Assert.Equal(value, sample, 0.05f);
            },
            iter: 200);

    [Theory]
    [InlineData(ColourOrder.Rgb, TensorLayout.Nchw, new float[] { 0, 10, 1, 11, 2, 12 })]
    [InlineData(ColourOrder.Bgr, TensorLayout.Nchw, new float[] { 2, 12, 1, 11, 0, 10 })]
    [InlineData(ColourOrder.Rgb, TensorLayout.Nhwc, new float[] { 0, 1, 2, 10, 11, 12 })]
    [InlineData(ColourOrder.Bgr, TensorLayout.Nhwc, new float[] { 2, 1, 0, 12, 11, 10 })]
    public void Colour_order_and_layout_place_the_channels(ColourOrder colour, TensorLayout layout, float[] expected)
    {
        var spec = new PreprocessSpec { Fit = new FrameFit(2, 1, FitMode.Stretch), Colour = colour, Layout = layout };

        Assert.Equal(expected, Write(spec, TwoPixels()), (a, b) => MathF.Abs(a - b) < 0.01f);
        Assert.Equal(expected.Select(value => (byte)value), WriteBytes(spec with { Type = PixelType.UInt8 }, TwoPixels()));
    }

    [Fact]
    public void Gray_is_luma()
    {
        var spec = new PreprocessSpec { Fit = new FrameFit(2, 1, FitMode.Stretch), Colour = ColourOrder.Gray, Mean = [0], Std = [1] };

        Assert.Equal([0.587f + 2 * 0.114f, 10 + 0.587f + 2 * 0.114f], Write(spec, TwoPixels()), (a, b) => MathF.Abs(a - b) < 0.01f);
        Assert.Equal<byte>([1, 11], WriteBytes(spec with { Type = PixelType.UInt8 }, TwoPixels()));
    }

    [Theory]
    [InlineData(ColourOrder.Rgb)]
    [InlineData(ColourOrder.Bgr)]
    public void Mean_and_std_are_in_the_models_order(ColourOrder colour)
    {
        var spec = new PreprocessSpec
        {
            Fit = new FrameFit(1, 2, FitMode.Letterbox),
            Colour = colour,
            Scale = 0.5f,
            Mean = [1, 2, 3],
            Std = [1, 2, 4],
            Pad = 100,
        };
        var pixels = new PixelBuffer();
        pixels.Resize(1, 1);
        new byte[] { 10, 20, 30, 255 }.CopyTo(pixels.Pixels);
        float[] first = colour == ColourOrder.Rgb ? [5, 10, 15] : [15, 10, 5];

        float[] expected = [first[0] - 1, 49, (first[1] - 2) / 2, 24, (first[2] - 3) / 4, 11.75f];
        Assert.Equal(expected, Write(spec, pixels), (a, b) => MathF.Abs(a - b) < 0.01f);
    }

    [Fact]
    public void Coordinates_come_back_to_the_frame() =>
        Gen.Select(Gen.Int[1, 4000], Gen.Int[1, 4000], Gen.Int[1, 640], Gen.Int[1, 640], Gen.Int[0, 2], Gen.Bool).Sample(
            (width, height, toWidth, toHeight, mode, centered) =>
            {
                var placement = new FrameFit(toWidth, toHeight, (FitMode)mode) { Centered = centered }.Place(width, height);
                Assert.Equal(0, placement.ToSourceX(placement.OffsetX), 1e-3f);
                Assert.Equal(width, placement.ToSourceX(placement.OffsetX + placement.ScaledWidth), width * 1e-5f);
                Assert.Equal(height, placement.ToSourceY(placement.OffsetY + placement.ScaledHeight), height * 1e-5f);
            });

    [Fact]
    public void Writing_allocates_nothing_once_the_size_is_known()
    {
        var spec = new PreprocessSpec { Fit = new FrameFit(64, 64, FitMode.Letterbox) };
        var (writer, pixels, tensor) = (new TensorWriter(spec), Picture(100, 80, 1), new byte[spec.Bytes]);
        long allocated = AllocatedBytes.Least(() =>
        {
            for (int i = 0; i < 20; i++) writer.Write(pixels, 100, 80, tensor);
        });

        Assert.Equal(0, allocated);
    }

    private static PixelBuffer TwoPixels()
    {
        var pixels = new PixelBuffer();
        pixels.Resize(2, 1);
        new byte[] { 0, 1, 2, 255, 10, 11, 12, 255 }.CopyTo(pixels.Pixels);
        return pixels;
    }

    private static PixelBuffer Picture(int width, int height, int seed)
    {
        var pixels = new PixelBuffer();
        pixels.Resize(width, height);
        new RawFrame(width, height, RawPixelFormat.Rgb24).Expand(Pictures.Noise(width, height, seed), pixels.Pixels);
        return pixels;
    }

    private static float[] Write(PreprocessSpec spec, PixelBuffer pixels) =>
        MemoryMarshal.Cast<byte, float>(WriteBytes(spec, pixels)).ToArray();

    private static byte[] WriteBytes(PreprocessSpec spec, PixelBuffer pixels)
    {
        byte[] tensor = new byte[spec.Bytes];
        tensor.AsSpan().Fill(0x55);
        new TensorWriter(spec).Write(pixels, pixels.Width, pixels.Height, tensor);
        return tensor;
    }

    private static void AssertEqualsDefinition(PreprocessSpec spec, PixelBuffer pixels)
    {
        float[] actual = Write(spec, pixels);
        var place = spec.Fit.Place(pixels.Width, pixels.Height);
        double[][] columns = Weights(pixels.Width, place.ScaledWidth, spec.Filter), rows = Weights(pixels.Height, place.ScaledHeight, spec.Filter);
        int plane = spec.Fit.Width * spec.Fit.Height;
        // A blended row may add 1/512 of a gray level.
        float tolerance = 0.05f + (2 * pixels.Height / place.ScaledHeight + 1) / 512f;
        for (int y = 0; y < spec.Fit.Height; y++)
        {
            for (int x = 0; x < spec.Fit.Width; x++)
            {
                int sx = x - place.OffsetX, sy = y - place.OffsetY;
                bool inside = sx >= 0 && sy >= 0 && sx < place.ScaledWidth && sy < place.ScaledHeight;
                for (int c = 0; c < 3; c++)
                {
                    double expected = inside ? Sample(pixels, columns[sx], rows[sy], c) : spec.Pad;
                    Assert.Equal(expected, actual[c * plane + y * spec.Fit.Width + x], tolerance);
                }
            }
        }
    }

    private static double Sample(PixelBuffer pixels, double[] columns, double[] rows, int channel)
    {
        double sum = 0;
        for (int y = 0; y < rows.Length; y++)
        {
            if (rows[y] == 0) continue;
            for (int x = 0; x < columns.Length; x++)
                if (columns[x] != 0) sum += rows[y] * columns[x] * pixels.Pixels[(y * pixels.Width + x) * 4 + channel];
        }

        return sum;
    }

    // The triangle filter by its definition: a weight for every input sample, those inside the radius not zero.
    private static double[][] Weights(int source, int scaled, ResizeFilter filter)
    {
        double step = (double)source / scaled, radius = filter == ResizeFilter.Antialias ? Math.Max(1, step) : 1;
        return [.. Enumerable.Range(0, scaled).Select(i =>
        {
            double[] weights = [.. Enumerable.Range(0, source).Select(x => Math.Max(0, 1 - Math.Abs(x + 0.5 - (i + 0.5) * step) / radius))];
            double sum = weights.Sum();
            return weights.Select(weight => weight / sum).ToArray();
        })];
    }
}
