using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>
/// Decoded pixels, 4 bytes each (red, green, blue, alpha; not premultiplied), rows without padding, in pinned memory that is reused from
/// frame to frame. Owned by one decoder; its contents are valid until that decoder's next call.
/// </summary>
public sealed unsafe class PixelBuffer
{
    /// <summary>Bytes of a pixel.</summary>
    public const int BytesPerPixel = 4;

    private byte[] _memory = [];

    /// <summary>Columns.</summary>
    public int Width { get; private set; }

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>Bytes of a row.</summary>
    public int Stride => Width * BytesPerPixel;

    /// <summary>The pixels, row by row from the top.</summary>
    public Span<byte> Pixels => _memory.AsSpan(0, Height * Stride);

    internal byte* Pointer => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);

    /// <summary>Takes the size of the next frame; the contents are undefined afterwards.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="retainedBytes">A buffer larger than this is not kept for a frame that needs less.</param>
    public void Resize(int width, int height, int retainedBytes = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        int bytes = checked(width * height * BytesPerPixel);
        if (_memory.Length < bytes || (_memory.Length > retainedBytes && bytes < _memory.Length))
            _memory = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        (Width, Height) = (width, height);
    }
}
