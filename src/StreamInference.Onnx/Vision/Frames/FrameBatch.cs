using System.Runtime.InteropServices;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>
/// A batch on its way from records to a tensor. Workers take frame after frame until none is left; the model's thread takes part and then
/// waits for the last one.
/// </summary>
internal sealed unsafe class FrameBatch
{
    private readonly int _bytesPerFrame;
    private readonly byte[] _tensor;

    // Guards which frame is taken next and how many are not done. Frames cost milliseconds, the lock some nanoseconds.
    private readonly object _gate = new();
    private int _count;
    private int _next;
    private int _open;

    // Each worker writes the entries of the frames it took.
    private readonly Placement[] _placements;
    private readonly RecordError?[] _errors;

    public FrameBatch(int capacity, int bytesPerFrame)
    {
        (_bytesPerFrame, _placements, _errors) = (bytesPerFrame, new Placement[capacity], new RecordError?[capacity]);
        _tensor = GC.AllocateArray<byte>(checked(capacity * bytesPerFrame), pinned: true);
    }

    /// <summary>The records; null while the batch is free.</summary>
    public MicroBatch? Source { get; private set; }

    /// <summary>The tensor of all frames, pinned for good.</summary>
    public nint Tensor => Marshal.UnsafeAddrOfPinnedArrayElement(_tensor, 0);

    /// <summary>The room for frames.</summary>
    public int Capacity => _placements.Length;

    public Placement PlacementOf(int frame) => _placements[frame];

    public RecordError? ErrorOf(int frame) => _errors[frame];

    /// <summary>Refuses a frame that was decoded, for another reason.</summary>
    public void Refuse(int frame, RecordError error) => _errors[frame] = error;

    /// <summary>Opens the frames of a batch for taking. The batch must be free.</summary>
    public void Open(MicroBatch source)
    {
        lock (_gate) (Source, _count, _next, _open) = (source, source.Count, 0, source.Count);
    }

    /// <summary>Decodes frames until none is left to take.</summary>
    public void Work(FrameWorker worker)
    {
        while (TryTake(out int frame))
        {
            Decode(worker, frame);
            lock (_gate)
            {
                if (--_open == 0) Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until every frame is decoded.</summary>
    public void Wait()
    {
        lock (_gate)
        {
            while (_open > 0) Monitor.Wait(_gate);
        }
    }

    /// <summary>Frees the batch; its frames must be done.</summary>
    public void Close()
    {
        lock (_gate) (Source, _count) = (null, 0);
    }

    private bool TryTake(out int frame)
    {
        lock (_gate)
        {
            frame = _next;
            if (frame >= _count) return false;
            _next++;
            return true;
        }
    }

    private void Decode(FrameWorker worker, int frame)
    {
        try
        {
            var tensor = _tensor.AsSpan(frame * _bytesPerFrame, _bytesPerFrame);
            _errors[frame] = worker.Write(Source!.Records[frame], tensor, out _placements[frame]);
        }
#pragma warning disable CA1031 // a frame that breaks a decoder must not end the process, and the model's thread waits for every frame
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _errors[frame] = new(RecordErrorCodes.BrokenImage, $"the decoder failed: {exception.GetType().Name}");
        }
    }
}
