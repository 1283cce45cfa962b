namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>
/// What one frame may cost. Time is bounded by counting work (pixels times scans), not by a clock: the same bytes are then refused or
/// accepted on every machine and on every replay.
/// </summary>
public sealed record FrameLimits
{
    /// <summary>Encoded bytes of one frame; 32 MiB unless set.</summary>
    public int MaxBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Width times height as the header has them; 16,777,216 (4096 by 4096) unless set. A decoded pixel takes 4 bytes.</summary>
    public int MaxPixels { get; init; } = 16_777_216;

    /// <summary>Scans of a JPEG; 32 unless set. Encoders write 1 to 11.</summary>
    public int MaxJpegScans { get; init; } = 32;

    /// <summary>Pixels times scans of a JPEG; 134,217,728 unless set, about a second.</summary>
    public long MaxJpegScanPixels { get; init; } = 134_217_728;

    /// <summary>Decoded bytes that a decoder keeps for its next frame; a larger buffer is let go. 16 MiB unless set.</summary>
    public int RetainedBytes { get; init; } = 16 * 1024 * 1024;
}
