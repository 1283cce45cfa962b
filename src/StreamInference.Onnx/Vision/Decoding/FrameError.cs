using StreamInference.Records;

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

    /// <summary>The file that the record refers to is not allowed or not readable.</summary>
    BadFile,
}

/// <summary>The outcome of decoding one frame: no error, or what is wrong with it and a detail for people.</summary>
/// <param name="Code">What happened.</param>
/// <param name="Detail">A sentence for the dead letter's <c>si-error-detail</c>; empty without an error.</param>
public readonly record struct FrameError(FrameErrorCode Code, string Detail)
{
    /// <summary>The outcome of a frame that was decoded.</summary>
    public static FrameError None => new(FrameErrorCode.None, "");

    /// <summary>True when the frame could not be decoded.</summary>
    public bool Failed => Code != FrameErrorCode.None;

    /// <summary>The failure as a dead letter has it.</summary>
    public RecordError ToRecordError() => new(RecordCode, $"{Code}: {Detail}");

    private string RecordCode => Code switch
    {
        FrameErrorCode.Empty => RecordErrorCodes.EmptyValue,
        FrameErrorCode.TooManyBytes or FrameErrorCode.TooManyPixels or FrameErrorCode.TooMuchWork => RecordErrorCodes.ImageTooLarge,
        _ => RecordErrorCodes.BrokenImage,
    };
}
