using System.Globalization;
using SkiaSharp;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>
/// Decodes one frame at a time to upright RGBA. Not safe for two threads: each worker has its own, so that buffers are reused without a
/// lock. Colours are as stored (embedded profiles are ignored, as the common training pipelines do); 16-bit samples, palettes, gray and
/// CMYK become 8-bit RGB; alpha is kept and never multiplied in. Bad input is a <see cref="FrameError"/>, never an exception.
/// </summary>
/// <param name="limits">What a frame may cost.</param>
public sealed unsafe class FrameDecoder(FrameLimits limits)
{
    // A JPEG reduced to less than twice the model's own scale loses small objects.
    private const double Oversampling = 2;
    private readonly PixelBuffer _stored = new();
    private readonly PixelBuffer _turned = new();

    /// <summary>The last frame's pixels, upright; valid until the next call, undefined after an error.</summary>
    public PixelBuffer Pixels { get; private set; } = new();

    /// <summary>Columns of the last frame as it was sent, upright; results are in this frame's coordinates.</summary>
    public int SourceWidth { get; private set; }

    /// <summary>Rows of the last frame as it was sent, upright.</summary>
    public int SourceHeight { get; private set; }

    /// <summary>Decodes an encoded frame.</summary>
    /// <param name="bytes">JPEG, PNG, WebP, BMP or GIF; only read, not kept.</param>
    /// <param name="fit">When set, a JPEG much larger than the model's input may be decoded at k/8 of its size.</param>
    public FrameError Decode(ReadOnlySpan<byte> bytes, FrameFit? fit = null)
    {
        if (bytes.IsEmpty) return new(FrameErrorCode.Empty, "the record has no bytes");
        if (bytes.Length > limits.MaxBytes) return TooManyBytes(bytes.Length);
        var format = ImageSniffer.Sniff(bytes);
        if (format == ImageFormat.Unknown) return new(FrameErrorCode.UnknownFormat, "not a JPEG, PNG, WebP, BMP or GIF");
        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var codec = SKCodec.Create(data);
            return codec is null ? new(FrameErrorCode.BadHeader, Invariant($"{format}: the header is not readable")) : Decode(codec, bytes, format, fit);
        }
    }

    /// <summary>Takes a frame of raw pixels whose size came in headers.</summary>
    /// <param name="bytes">Exactly width × height pixels.</param>
    /// <param name="frame">The headers.</param>
    public FrameError DecodeRaw(ReadOnlySpan<byte> bytes, RawFrame frame)
    {
        if (bytes.IsEmpty) return new(FrameErrorCode.Empty, "the record has no bytes");
        if (bytes.Length > limits.MaxBytes) return TooManyBytes(bytes.Length);
        if (frame.Width < 1 || frame.Height < 1) return new(FrameErrorCode.BadRawFrame, Invariant($"{frame.Width}x{frame.Height} is no size"));
        if ((long)frame.Width * frame.Height > limits.MaxPixels) return TooManyPixels(frame.Width, frame.Height);
        long expected = (long)frame.Width * frame.Height * frame.BytesPerPixel;
        if (bytes.Length != expected)
            return new(FrameErrorCode.BadRawFrame, Invariant($"{frame.Width}x{frame.Height} {frame.Format} takes {expected} bytes, the record has {bytes.Length}"));
        _stored.Resize(frame.Width, frame.Height, limits.RetainedBytes);
        frame.Expand(bytes, _stored.Pixels);
        (Pixels, SourceWidth, SourceHeight) = (_stored, frame.Width, frame.Height);
        return FrameError.None;
    }

    private FrameError Decode(SKCodec codec, ReadOnlySpan<byte> bytes, ImageFormat format, FrameFit? fit)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width < 1 || height < 1) return new(FrameErrorCode.BadHeader, Invariant($"{width}x{height} is no size"));
        if ((long)width * height > limits.MaxPixels) return TooManyPixels(width, height);
        if (format == ImageFormat.Jpeg && CheckJpeg(bytes, (long)width * height) is { Failed: true } refused) return refused;
        bool swap = Orientation.SwapsAxes(codec.EncodedOrigin);
        (SourceWidth, SourceHeight) = swap ? (height, width) : (width, height);
        if (format == ImageFormat.Jpeg && fit is not null)
            (width, height) = ScaledSize(codec, Oversampling * fit.ScaleFor(SourceWidth, SourceHeight));
        return ReadPixels(codec, width, height, format);
    }

    private FrameError ReadPixels(SKCodec codec, int width, int height, ImageFormat format)
    {
        _stored.Resize(width, height, limits.RetainedBytes);
        // No colour space in the target: samples come out as they are stored. Unpremul: alpha is not multiplied in.
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        var result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, alpha), (nint)_stored.Pointer);
        if (result == SKCodecResult.IncompleteInput) return new(FrameErrorCode.Truncated, Invariant($"{format}: the data ends before the image"));
        if (result != SKCodecResult.Success) return new(FrameErrorCode.Corrupt, Invariant($"{format}: {result}"));
        if (codec.EncodedOrigin == SKEncodedOrigin.TopLeft)
        {
            Pixels = _stored;
            return FrameError.None;
        }
        Orientation.Turn(_stored, _turned, codec.EncodedOrigin, limits.RetainedBytes);
        Pixels = _turned;
        return FrameError.None;
    }

    private FrameError CheckJpeg(ReadOnlySpan<byte> bytes, long pixels)
    {
        var error = JpegGuard.Check(bytes, limits.MaxJpegScans, out int scans);
        if (error == FrameErrorCode.None && scans > 1 && scans * pixels > limits.MaxJpegScanPixels) error = FrameErrorCode.TooMuchWork;
        return error switch
        {
            FrameErrorCode.None => FrameError.None,
            FrameErrorCode.TooMuchWork => new(error, Invariant($"JPEG: {scans} scans of {pixels} pixels are over the limit")),
            FrameErrorCode.Truncated => new(error, "JPEG: the data ends before the end marker"),
            _ => new(error, "JPEG: the markers are not in order"),
        };
    }

    // libjpeg can leave out high frequencies while it decodes: sizes of k/8.
    private static (int Width, int Height) ScaledSize(SKCodec codec, double atLeast)
    {
        for (int eighths = 1; eighths < 8; eighths++)
        {
            if (eighths / 8.0 < atLeast) continue;
            var size = codec.GetScaledDimensions(eighths / 8f);
            return (size.Width, size.Height);
        }
        return (codec.Info.Width, codec.Info.Height);
    }

    private FrameError TooManyBytes(int length) =>
        new(FrameErrorCode.TooManyBytes, Invariant($"{length} bytes are over the limit of {limits.MaxBytes}"));

    private FrameError TooManyPixels(int width, int height) =>
        new(FrameErrorCode.TooManyPixels, Invariant($"{width}x{height} is over the limit of {limits.MaxPixels} pixels"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
