using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>What one thread needs to turn records into tensors; its buffers are its own.</summary>
internal sealed class FrameWorker(VisionDescription description, PreprocessSpec preprocess)
{
    private readonly FrameDecoder _decoder = new(description.Limits);
    private readonly TensorWriter _writer = new(preprocess);
    private readonly FrameFiles? _files = description.FileRoot is { } root ? new(root, description.Limits.MaxBytes) : null;
    private readonly FrameFit? _scaledTo = preprocess.ScaledDecode ? preprocess.Fit : null;

    /// <summary>The last frame's pixels and size.</summary>
    public FrameDecoder Decoder => _decoder;

    /// <summary>Decodes a record's frame into its place of the batch.</summary>
    /// <param name="record">The record; read only during the call.</param>
    /// <param name="tensor">The frame's part of the batch tensor; all zeros after an error.</param>
    /// <param name="placement">Where the frame lies in the input.</param>
    /// <returns>Null, or why the record is poison.</returns>
    public RecordError? Write(in StreamRecord record, Span<byte> tensor, out Placement placement)
    {
        placement = default;
        if (Decode(record, _scaledTo) is { } error)
        {
            // The model runs on the whole batch; the place of a bad frame holds a black one.
            tensor.Clear();
            return error;
        }

        placement = _writer.Write(_decoder.Pixels, _decoder.SourceWidth, _decoder.SourceHeight, tensor);
        return null;
    }

    /// <summary>Decodes a record's frame.</summary>
    /// <param name="record">The record; read only during the call.</param>
    /// <param name="fit">When set, a JPEG may be decoded smaller.</param>
    public RecordError? Decode(in StreamRecord record, FrameFit? fit)
    {
        ReadOnlySpan<byte> bytes = record.Value;
        if (_files is not null && record.TryGetHeader(FrameHeaders.File, out var name))
        {
            var refused = _files.Read(name, out bytes);
            if (refused.Failed) return refused.ToRecordError();
        }
        else if (!record.HasValue)
        {
            return new(RecordErrorCodes.NullValue, "the record has no value");
        }

        var error = FrameHeaders.TryGetRaw(record, out var raw, out var wrong) ? wrong.Failed ? wrong : _decoder.DecodeRaw(bytes, raw) : _decoder.Decode(bytes, fit);
        return error.Failed ? error.ToRecordError() : null;
    }
}
