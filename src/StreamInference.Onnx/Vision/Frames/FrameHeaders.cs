using System.Buffers.Text;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>
/// The headers of a frame's record. Numbers are ASCII digits. A raw frame has <see cref="Width"/>, <see cref="Height"/> and
/// <see cref="PixelFormat"/>; all others are optional and come back in the result. The key is the camera, so that a camera's frames keep
/// their order; <see cref="Camera"/> names it where the key is something else.
/// </summary>
public static class FrameHeaders
{
    /// <summary>Columns of a raw frame.</summary>
    public const string Width = "width";

    /// <summary>Rows of a raw frame.</summary>
    public const string Height = "height";

    /// <summary><c>rgb24</c>, <c>bgr24</c>, <c>gray8</c> or <c>rgba32</c>; its presence says that the value is raw pixels.</summary>
    public const string PixelFormat = "pixel-format";

    /// <summary>The camera's name.</summary>
    public const string Camera = "camera";

    /// <summary>The frame's number at its camera.</summary>
    public const string Frame = "frame";

    /// <summary>When the frame was taken, in milliseconds since the Unix epoch.</summary>
    public const string Timestamp = "timestamp";

    /// <summary>A file below the description's <c>file_root</c> that holds the frame; the value is then not looked at.</summary>
    public const string File = "file";

    /// <summary>Reads a header that is a whole number.</summary>
    /// <param name="record">The record.</param>
    /// <param name="name">The header.</param>
    /// <param name="value">The number when the result is true.</param>
    internal static bool TryGetNumber(in StreamRecord record, string name, out long value)
    {
        value = 0;
        return record.TryGetHeader(name, out var text) && Utf8Parser.TryParse(text, out value, out int read) && read == text.Length && read > 0;
    }

    /// <summary>Whether the record holds raw pixels, and of which shape; an error when its headers contradict that.</summary>
    internal static bool TryGetRaw(in StreamRecord record, out RawFrame raw, out FrameError error)
    {
        (raw, error) = (default, FrameError.None);
        if (!record.TryGetHeader(PixelFormat, out var name)) return false;
        if (!RawFrame.TryParseFormat(name, out var format))
            error = new(FrameErrorCode.BadRawFrame, $"the header {PixelFormat} must be rgb24, bgr24, gray8 or rgba32");
        else if (!TryGetNumber(record, Width, out long width) || !TryGetNumber(record, Height, out long height))
            error = new(FrameErrorCode.BadRawFrame, $"raw pixels need the headers {Width} and {Height} as whole numbers");
        else
            raw = new((int)Math.Clamp(width, int.MinValue, int.MaxValue), (int)Math.Clamp(height, int.MinValue, int.MaxValue), format);
        return true;
    }
}
