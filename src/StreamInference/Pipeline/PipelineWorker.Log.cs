using Microsoft.Extensions.Logging;

namespace StreamInference.Pipeline;

public sealed partial class PipelineWorker
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Pipeline}/{Slot}: {Count} partitions assigned, {Total} owned")]
    private partial void LogAssigned(string pipeline, int slot, int count, int total);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Pipeline}/{Slot}: {Count} partitions {Why}, {Total} owned")]
    private partial void LogForgotten(string pipeline, int slot, string why, int count, int total);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: reading paused, the model or the broker does not keep up")]
    private partial void LogPaused(string pipeline, int slot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: reading resumed")]
    private partial void LogResumed(string pipeline, int slot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: transaction aborted, the same results go out again: {Reason}")]
    private partial void LogAborted(string pipeline, int slot, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: fenced or uncertain, starting again from the committed offsets: {Reason}")]
    private partial void LogFenced(string pipeline, int slot, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Pipeline}/{Slot}: commit failed for good: {Reason}")]
    private partial void LogFatal(string pipeline, int slot, string? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Pipeline}/{Slot}: the model runner is broken")]
    private partial void LogRunnerFailed(string pipeline, int slot, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: the source failed (recoverable: {Recoverable})")]
    private partial void LogSourceFailed(string pipeline, int slot, bool recoverable, Exception exception);
}
