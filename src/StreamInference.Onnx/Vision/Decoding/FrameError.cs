namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>Why a frame could not be decoded. The record that carried it is poison: it fails alone, on every try.</summary>
public enum FrameErrorCode
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The record has no bytes.</summary>
    Empty,

    /// <summary>More encoded bytes than the limit.</summary>
    TooManyBytes,

    /// <summary>No known signature.</summary>
    UnknownFormat,

    /// <summary>The signature is known, the header behind it is not readable.</summary>
    BadHeader,

    /// <summary>More pixels than the limit, by the header alone.</summary>
    TooManyPixels,

    /// <summary>More scans, or more scans times pixels, than the limit.</summary>
    TooMuchWork,

    /// <summary>The data ends before the image does.</summary>
    Truncated,

    /// <summary>The data is not what the header promised.</summary>
    Corrupt,

    /// <summary>Raw pixels whose headers are missing, wrong or do not match the number of bytes.</summary>
    BadRawFrame,
}

/// <summary>The outcome of decoding one frame: no error, or a code that stays the same from version to version and a detail for people.</summary>
/// <param name="Code">What happened.</param>
/// <param name="Detail">A sentence for the dead letter's <c>si-error-detail</c>; empty without an error.</param>
public readonly record struct FrameError(FrameErrorCode Code, string Detail)
{
    /// <summary>The outcome of a frame that was decoded.</summary>
    public static FrameError None => new(FrameErrorCode.None, "");

    /// <summary>True when the frame could not be decoded.</summary>
    public bool Failed => Code != FrameErrorCode.None;

    /// <summary>The code as it stands in the header <c>si-error</c>.</summary>
    public string StableCode => Code switch
    {
        FrameErrorCode.None => "",
        FrameErrorCode.Empty => "frame_empty",
        FrameErrorCode.TooManyBytes => "frame_too_many_bytes",
        FrameErrorCode.UnknownFormat => "frame_unknown_format",
        FrameErrorCode.BadHeader => "frame_bad_header",
        FrameErrorCode.TooManyPixels => "frame_too_many_pixels",
        FrameErrorCode.TooMuchWork => "frame_too_much_work",
        FrameErrorCode.Truncated => "frame_truncated",
        FrameErrorCode.Corrupt => "frame_corrupt",
        FrameErrorCode.BadRawFrame => "frame_bad_raw",
        _ => throw new ArgumentOutOfRangeException(nameof(Code), Code, "not a frame error code"),
    };
}
