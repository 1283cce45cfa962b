using SkiaSharp;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class FrameDecoderTests
{
    private readonly FrameDecoder _decoder = new(new FrameLimits());

    public static TheoryData<string> Encodings => ["jpeg", "progressive", "cmyk", "png", "apng", "webp", "animated webp", "gif", "bmp"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_encoding_shows_its_first_frame_in_its_colours(string encoding)
    {
        byte[] rgb = Pictures.Quadrants(16, 16);
        byte[] bytes = encoding switch
        {
            "jpeg" => Pictures.Encode(rgb, 16, 16, SKEncodedImageFormat.Jpeg),
            "progressive" => EncodedPictures.ProgressiveJpeg,
            "cmyk" => EncodedPictures.CmykJpeg,
            "png" => Pictures.Png(16, 16, 8, 2, rgb),
            "apng" => EncodedPictures.AnimatedPng,
            "webp" => Pictures.Encode(rgb, 16, 16, SKEncodedImageFormat.Webp, 100),
            "animated webp" => EncodedPictures.AnimatedWebP,
            "gif" => EncodedPictures.AnimatedGif,
            _ => EncodedPictures.Bmp,
        };

        AssertDecodes(bytes);

        AssertQuadrants(tolerance: 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void An_exif_orientation_is_turned_upright(int orientation)
    {
        // What a camera with this orientation would have stored of the upright picture (32 wide, 16 high).
        byte[] stored = Stored(Pictures.Quadrants(32, 16), 32, 16, orientation, out int width, out int height);
        byte[] jpeg = Pictures.WithExifOrientation(Pictures.Encode(stored, width, height, SKEncodedImageFormat.Jpeg), orientation);

        AssertDecodes(jpeg);

        Assert.Equal((32, 16), (_decoder.SourceWidth, _decoder.SourceHeight));
        Assert.Equal((32, 16), (_decoder.Pixels.Width, _decoder.Pixels.Height));
        AssertQuadrants(tolerance: 12);
    }

    [Fact]
    public void Sixteen_bit_samples_become_eight_bits()
    {
        byte[] rows = [.. Pictures.Quadrants(4, 4).SelectMany(sample => new byte[] { sample, 0x80 })];

        AssertDecodes(Pictures.Png(4, 4, 16, 2, rows));

        AssertQuadrants(tolerance: 1);
    }

    [Fact]
    public void Alpha_does_not_darken_the_colours()
    {
        byte[] rows = [200, 100, 50, 128, 200, 100, 50, 0, 200, 100, 50, 255, 200, 100, 50, 1];

        AssertDecodes(Pictures.Png(2, 2, 8, 6, rows));

        Assert.Equal(rows, _decoder.Pixels.Pixels.ToArray());
    }

    [Fact]
    public void Gray_becomes_three_equal_channels()
    {
        AssertDecodes(Pictures.Png(2, 1, 8, 0, [7, 250]));

        Assert.Equal<byte>([7, 7, 7, 255, 250, 250, 250, 255], _decoder.Pixels.Pixels.ToArray());
    }

    [Theory]
    [InlineData(RawPixelFormat.Rgb24, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 1, 2, 3, 255, 4, 5, 6, 255 })]
    [InlineData(RawPixelFormat.Bgr24, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 3, 2, 1, 255, 6, 5, 4, 255 })]
    [InlineData(RawPixelFormat.Gray8, new byte[] { 1, 2 }, new byte[] { 1, 1, 1, 255, 2, 2, 2, 255 })]
    [InlineData(RawPixelFormat.Rgba32, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 })]
    public void Raw_pixels_are_taken_as_their_headers_say(RawPixelFormat format, byte[] bytes, byte[] rgba)
    {
        Assert.False(_decoder.DecodeRaw(bytes, new RawFrame(2, 1, format)).Failed);
        Assert.Equal(rgba, _decoder.Pixels.Pixels.ToArray());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, -6)]
    [InlineData(2, 2)]
    [InlineData(1, 1)]
    public void Raw_pixels_that_do_not_match_their_headers_are_an_error(int width, int height) =>
        Assert.Equal(FrameErrorCode.BadRawFrame, _decoder.DecodeRaw(new byte[6], new RawFrame(width, height, RawPixelFormat.Rgb24)).Code);

    [Theory]
    [InlineData("rgb24", true)]
    [InlineData("bgr24", true)]
    [InlineData("gray8", true)]
    [InlineData("rgba32", true)]
    [InlineData("yuv420", false)]
    [InlineData("", false)]
    public void Raw_formats_are_found_by_name(string name, bool known) =>
        Assert.Equal(known, RawFrame.TryParseFormat(System.Text.Encoding.ASCII.GetBytes(name), out _));

    [Fact]
    public void A_large_jpeg_is_decoded_smaller_but_not_below_twice_the_input()
    {
        byte[] jpeg = Pictures.Encode(Pictures.Quadrants(1600, 1200), 1600, 1200, SKEncodedImageFormat.Jpeg, 80);

        Assert.False(_decoder.Decode(jpeg, new FrameFit(320, 320, FitMode.Letterbox)).Failed);

        Assert.Equal((1600, 1200), (_decoder.SourceWidth, _decoder.SourceHeight));
        Assert.InRange(_decoder.Pixels.Width, 640, 800);
        AssertQuadrants(tolerance: 12);
    }

    [Fact]
    public void Limits_are_judged_by_the_header_alone()
    {
        byte[] bomb = Pictures.Png(10_000, 10_000, 8, 2, []);

        Assert.Equal(FrameErrorCode.TooManyPixels, _decoder.Decode(bomb).Code);
        Assert.Equal(1, _decoder.Pixels.Pixels.Length + 1);
    }

    [Fact]
    public void Too_many_bytes_are_not_looked_at()
    {
        var decoder = new FrameDecoder(new FrameLimits { MaxBytes = 10 });

        Assert.Equal(FrameErrorCode.TooManyBytes, decoder.Decode(new byte[11]).Code);
        Assert.Equal(FrameErrorCode.TooManyBytes, decoder.DecodeRaw(new byte[11], new RawFrame(1, 1, RawPixelFormat.Gray8)).Code);
    }

    [Fact]
    public void A_scan_bomb_is_refused_and_a_usual_progressive_file_is_not()
    {
        Assert.Equal(FrameErrorCode.TooMuchWork, _decoder.Decode(Pictures.ScanBomb(EncodedPictures.ProgressiveJpeg, 1000)).Code);
        AssertDecodes(EncodedPictures.ProgressiveJpeg);
    }

    [Fact]
    public void Few_scans_of_many_pixels_count_as_much_as_many_scans_of_few()
    {
        var strict = new FrameDecoder(new FrameLimits { MaxJpegScanPixels = 16 * 16 * 9 });

        Assert.Equal(FrameErrorCode.TooMuchWork, strict.Decode(EncodedPictures.ProgressiveJpeg).Code);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_file_cut_anywhere_is_an_error_or_whole(string encoding)
    {
        byte[] rgb = Pictures.Noise(40, 30, 1);
        byte[] bytes = encoding switch
        {
            "jpeg" => Pictures.Encode(rgb, 40, 30, SKEncodedImageFormat.Jpeg),
            "progressive" => EncodedPictures.ProgressiveJpeg,
            "cmyk" => EncodedPictures.CmykJpeg,
            "png" => Pictures.Png(40, 30, 8, 2, rgb),
            "apng" => EncodedPictures.AnimatedPng,
            "webp" => Pictures.Encode(rgb, 40, 30, SKEncodedImageFormat.Webp),
            "animated webp" => EncodedPictures.AnimatedWebP,
            "gif" => EncodedPictures.AnimatedGif,
            _ => EncodedPictures.Bmp,
        };
        AssertDecodes(bytes);
        byte[] whole = _decoder.Pixels.Pixels.ToArray();

        int refused = 0;
        for (int length = 0; length < bytes.Length; length++)
        {
            // An animation is whole once its first frame is.
            if (_decoder.Decode(bytes.AsSpan(0, length)).Failed) refused++;
            else Assert.Equal(whole, _decoder.Pixels.Pixels.ToArray());
        }

        Assert.InRange(refused, 1, bytes.Length);
    }

    [Theory]
    [InlineData(new byte[0], FrameErrorCode.Empty, RecordErrorCodes.EmptyValue)]
    [InlineData(new byte[] { 1 }, FrameErrorCode.UnknownFormat, RecordErrorCodes.BrokenImage)]
    [InlineData(new byte[] { 0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0 }, FrameErrorCode.BadHeader, RecordErrorCodes.BrokenImage)]
    public void Errors_are_values_with_stable_codes(byte[] bytes, FrameErrorCode code, string recordCode)
    {
        var error = _decoder.Decode(bytes);

        Assert.Equal(code, error.Code);
        Assert.Equal(recordCode, error.ToRecordError().Code);
        Assert.NotEmpty(error.Detail);
    }

    [Fact]
    public void A_buffer_of_an_unusual_frame_is_not_kept()
    {
        var decoder = new FrameDecoder(new FrameLimits { RetainedBytes = 1024 });
        var pixels = new PixelBuffer();
        pixels.Resize(1000, 1000, 1024);
        pixels.Resize(10, 10, 1024);
        Assert.Equal(400, pixels.Pixels.Length);
        Assert.False(decoder.DecodeRaw(new byte[300], new RawFrame(10, 10, RawPixelFormat.Rgb24)).Failed);
    }

    private void AssertDecodes(byte[] bytes)
    {
        var error = _decoder.Decode(bytes);
        Assert.False(error.Failed, $"{error.Code}: {error.Detail}");
    }

    private void AssertQuadrants(int tolerance)
    {
        var pixels = _decoder.Pixels;
        byte[][] expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
        for (int quadrant = 0; quadrant < 4; quadrant++)
        {
            int x = pixels.Width / 4 + quadrant % 2 * pixels.Width / 2, y = pixels.Height / 4 + quadrant / 2 * pixels.Height / 2;
            var pixel = pixels.Pixels.Slice((y * pixels.Width + x) * 4, 4);
            for (int channel = 0; channel < 3; channel++)
                Assert.InRange(pixel[channel], expected[quadrant][channel] - tolerance, expected[quadrant][channel] + tolerance);
            Assert.Equal(255, pixel[3]);
        }
    }

    private static byte[] Stored(byte[] upright, int width, int height, int orientation, out int storedWidth, out int storedHeight)
    {
        (storedWidth, storedHeight) = orientation >= 5 ? (height, width) : (width, height);
        byte[] stored = new byte[upright.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                // TIFF 6.0: where the zeroth row and column of the stored picture are in the upright one.
                var (column, row) = orientation switch
                {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, width - 1 - x),
                    7 => (height - 1 - y, width - 1 - x),
                    8 => (height - 1 - y, x),
                    _ => (x, y),
                };
                upright.AsSpan((y * width + x) * 3, 3).CopyTo(stored.AsSpan((row * storedWidth + column) * 3));
            }
        }

        return stored;
    }
}
