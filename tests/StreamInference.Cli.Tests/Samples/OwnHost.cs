using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using StreamInference.Hosting;
using StreamInference.Kafka.Hosting;
using StreamInference.Onnx.Hosting;
using StreamInference.Records;
using StreamInference.Runners;

namespace Samples;

public static class OwnHost
{
    public static IHost Create(string pipelineYaml) => Host.CreateDefaultBuilder()
        .ConfigureServices(services => services
            .AddStreamInference(streams => streams.AddPipeline(pipelineYaml).WithDecoder<FloatRow>().WithEncoder<PlainScore>())
            .UseKafka().UseOnnx())
        .Build();
}

// The record's value is the row itself: 32-bit floats, little-endian.
public sealed class FloatRow : IRecordDecoder
{
    public RecordError? Decode(in StreamRecord record, Span<float> features)
    {
        if (record.Value.Length != features.Length * sizeof(float)) return new RecordError(RecordErrorCodes.WrongType, $"The row must have {features.Length} floats.");
        record.Value.CopyTo(MemoryMarshal.AsBytes(features));
        return null;
    }
}

public sealed class PlainScore : IResultEncoder
{
    public void Encode(in StreamRecord record, ReadOnlySpan<float> outputs, ModelIdentity model, IBufferWriter<byte> into)
    {
        Utf8Formatter.TryFormat(outputs[0], into.GetSpan(32), out int written);
        into.Advance(written);
    }
}
