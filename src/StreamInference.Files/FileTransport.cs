using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Files.Reading;
using StreamInference.Files.Writing;
using StreamInference.Pipeline;
using StreamInference.Sources;

namespace StreamInference.Files;

/// <summary>Connects the one worker of a job to its files.</summary>
internal sealed class FileTransport(IReadOnlyList<string> files, RowReaderOptions reading, FieldKey? key, ResultFile output, string outputPath) : IPipelineTransport
{
    /// <summary>What ended the job before its end; null when nothing did.</summary>
    public FileFailureException? Failure { get; private set; }

    /// <inheritdoc/>
    /// <remarks>The journal holds no states of keys, so a model that has some cannot go on in the middle.</remarks>
    public IReadOnlyList<string> FindObstacles(PipelineConfig pipeline) => pipeline.State is null || output.ResumedFrom.Offset == 0 ? [] :
        [$"the model remembers something of each key, and an interrupted file does not hold it: remove {outputPath}.journal, the job then starts again"];

    /// <inheritdoc/>
    public IRecordSource CreateSource(PipelineConfig pipeline, int slot) => new FileRecordSource(files, reading, key, output.ResumedFrom, Note);

    /// <inheritdoc/>
    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source) => new FileResultSink(output, outputPath, Note);

    private void Note(FileFailureException failure) => Failure ??= failure;
}
