using StreamInference.Onnx.States;
using StreamInference.States;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>The states of a batch's frames: the tensors that carry them, and which is of which frame. Owned by the model's thread.</summary>
internal sealed class FrameStates(StateDescription description, StateBuffer[] buffers, int capacity)
{
    /// <summary>Which state is of which frame.</summary>
    public KeyedRows Rows { get; } = new(description.Options([.. buffers.SelectMany(buffer => buffer.In(0).ToArray())]), capacity);

    /// <summary>Puts a state before a frame.</summary>
    public void Load(StateCell cell, int frame)
    {
        ReadOnlySpan<byte> from = cell.Value;
        foreach (StateBuffer buffer in buffers)
        {
            from[..buffer.RowBytes].CopyTo(buffer.In(frame));
            from = from[buffer.RowBytes..];
        }
    }

    /// <summary>Whether the state behind a frame has only finite values.</summary>
    public bool IsFinite(int frame) => Array.TrueForAll(buffers, buffer => buffer.IsFinite(frame));

    /// <summary>Takes the state behind a frame.</summary>
    public void Store(int frame)
    {
        Span<byte> to = Rows.CellOf(frame).Value;
        foreach (StateBuffer buffer in buffers)
        {
            buffer.Out(frame).CopyTo(to);
            to = to[buffer.RowBytes..];
        }
    }
}
