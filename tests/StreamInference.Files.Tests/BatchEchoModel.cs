using System.Buffers;
using System.Globalization;
using System.Text;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Files.Tests;

/// <summary>
/// A model whose results say in which company they were made: place and size of the batch. Equal outputs then mean equal batches. Records with
/// "bad" in them fail; after <see cref="DiesAfter"/> batches the model breaks, which ends the job like a crash.
/// </summary>
internal sealed class BatchEchoModel : IBatchModel, IModelLoader
{
    private int _batches;

    public string Kind => "tabular";

    public int DiesAfter { get; init; } = int.MaxValue;

    public bool KeepsState { get; init; }

    public Action? AfterBatch { get; init; }

    public ModelIdentity Identity { get; } = new("echo", 1);

    public int MaxBatchSize => 64;

    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services) => new BatchModelRunner(this, TimeProvider.System, queueCapacity: 2);

    public void Run(MicroBatch batch, ResultBatch results)
    {
        if (_batches++ >= DiesAfter) throw new ModelBrokenException("as the test wants it");
        for (int index = 0; index < batch.Count; index++)
        {
            StreamRecord record = batch.Records[index];
            if (record.Value.IndexOf("bad"u8) >= 0)
            {
                results.AddFailure(record, new RecordError(RecordErrorCodes.WrongType, "The row is bad."));
                continue;
            }

            string value = string.Create(
                CultureInfo.InvariantCulture, $$"""{"id":{{record.Offset}},"score":{{record.Offset / 7.0}},"place":"{{index}}/{{batch.Count}}","flag":{{(index % 2 == 0 ? "true" : "null")}},"bytes":{{record.Value.Length}}}""");
            results.Write(Encoding.UTF8.GetBytes(value));
            results.Add(record);
        }

        AfterBatch?.Invoke();
    }

    public void Dispose()
    {
    }
}
