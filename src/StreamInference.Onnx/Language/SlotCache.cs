using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Language;

/// <summary>
/// KV memory of a slot executor: one buffer per layer and keys/values, [rows, kv_heads, max_length, head_size], that a graph reads and writes in
/// place, and a store of cached blocks. Address space is reserved for every row's full length; memory is used as far as tokens reach, and goes
/// back when a row is released and rows are promised more than there is.
/// </summary>
internal sealed unsafe partial class SlotCache : IDisposable
{
    private const int Alignment = 4096;
    private const int DontNeed = 4;

    private readonly byte*[] _buffers;
    private readonly byte*[] _store;
    private readonly byte* _swap;
    private readonly bool _returnMemory;
    private bool _disposed;

    public SlotCache(KvShape shape, int rows, int maxLength, int blockSize, int blockCount)
    {
        (Shape, Rows, MaxLength, BlockSize) = (shape, rows, maxLength, blockSize);
        HeadStride = (long)maxLength * shape.HeadBytes;
        RowStride = HeadStride * shape.Heads;
        _buffers = new byte*[shape.BufferCount];
        for (int i = 0; i < _buffers.Length; i++) _buffers[i] = (byte*)NativeMemory.AlignedAlloc((nuint)(RowStride * rows), Alignment);
        _store = new byte*[blockCount];
        _swap = (byte*)NativeMemory.AlignedAlloc((nuint)HeadStride, Alignment);
        _returnMemory = OperatingSystem.IsLinux() && (long)blockCount * blockSize < (long)rows * maxLength;
    }

    public KvShape Shape { get; }

    public int Rows { get; }

    public int MaxLength { get; }

    public int BlockSize { get; }

    public long RowStride { get; }

    private long HeadStride { get; }

    /// <summary>Start of a row in one buffer.</summary>
    public byte* Row(int buffer, int row) => _buffers[buffer] + RowStride * row;

    /// <summary>One head of one token.</summary>
    public byte* Cell(int buffer, int row, int head, int position)
        => _buffers[buffer] + RowStride * row + HeadStride * head + (long)position * Shape.HeadBytes;

    /// <summary>Copies the first <paramref name="length"/> tokens of a row to another.</summary>
    public void CopyRow(int from, int to, int length)
    {
        for (int buffer = 0; buffer < _buffers.Length; buffer++)
            for (int head = 0; head < Shape.Heads; head++)
                Copy(Cell(buffer, from, head, 0), Cell(buffer, to, head, 0), (long)length * Shape.HeadBytes);
    }

    /// <summary>Exchanges the first <paramref name="length"/> tokens of two rows.</summary>
    public void SwapRows(int a, int b, int length)
    {
        long bytes = (long)length * Shape.HeadBytes;
        for (int buffer = 0; buffer < _buffers.Length; buffer++)
        {
            for (int head = 0; head < Shape.Heads; head++)
            {
                byte* left = Cell(buffer, a, head, 0), right = Cell(buffer, b, head, 0);
                Copy(left, _swap, bytes);
                Copy(right, left, bytes);
                Copy(_swap, right, bytes);
            }
        }
    }

    public void SaveBlock(int row, int position, int block)
    {
        long run = (long)BlockSize * Shape.HeadBytes;
        byte* target = _store[block];
        if (target is null) _store[block] = target = (byte*)NativeMemory.Alloc((nuint)(run * Shape.Heads * _buffers.Length));
        for (int buffer = 0; buffer < _buffers.Length; buffer++)
            for (int head = 0; head < Shape.Heads; head++, target += run)
                Copy(Cell(buffer, row, head, position), target, run);
    }

    public void LoadBlock(int block, int row, int position)
    {
        long run = (long)BlockSize * Shape.HeadBytes;
        byte* source = _store[block];
        if (source is null) throw new InvalidOperationException($"Block {block} was not saved.");
        for (int buffer = 0; buffer < _buffers.Length; buffer++)
            for (int head = 0; head < Shape.Heads; head++, source += run)
                Copy(source, Cell(buffer, row, head, position), run);
    }

    public void ReleaseBlock(int block)
    {
        NativeMemory.Free(_store[block]);
        _store[block] = null;
    }

    /// <summary>Gives the memory of a row's first <paramref name="length"/> tokens back, where memory is promised more than once.</summary>
    public void ReleaseRow(int row, int length)
    {
        if (!_returnMemory) return;
        for (int buffer = 0; buffer < _buffers.Length; buffer++)
        {
            for (int head = 0; head < Shape.Heads; head++)
            {
                // Whole pages inside the head's own range only: the page at a border belongs to a neighbour too.
                long start = ((long)Cell(buffer, row, head, 0) + Alignment - 1) & -Alignment;
                long end = (long)Cell(buffer, row, head, 0) + Math.Min(HeadStride, (long)length * Shape.HeadBytes) & -Alignment;
                if (end > start) _ = MAdvise((void*)start, (nuint)(end - start), DontNeed);
            }
        }
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (byte* buffer in _buffers) NativeMemory.AlignedFree(buffer);
        foreach (byte* block in _store) NativeMemory.Free(block);
        NativeMemory.AlignedFree(_swap);
    }

    private static void Copy(byte* from, byte* to, long bytes) => Buffer.MemoryCopy(from, to, bytes, bytes);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
