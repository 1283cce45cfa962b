using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Kafka.Control;
using StreamInference.Kafka.Progress;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Kafka.States;
using StreamInference.Kafka.Topics;
using StreamInference.Pipeline;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Kafka;

/// <summary>Connects workers to a Kafka cluster: a group member and a transactional producer for each slot.</summary>
public sealed class KafkaTransport : IPipelineTransport
{
    private const string OtherName = "-b";
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyDictionary<string, string> _overrides;
    private readonly ILoggerFactory _loggers;
    private readonly string _instance;
    private readonly TimeProvider _time;

    // Slots that left a partition without an owner and joined under their other name.
    private readonly ConcurrentDictionary<string, byte> _renamed = new();

    /// <summary>Creates the transport.</summary>
    /// <param name="loggers">Where clients log.</param>
    /// <param name="overrides">Client properties over those of each pipeline: environment and flags.</param>
    /// <param name="instance">
    /// Names this process among those that run the same pipeline, stable across restarts and of a bounded set (a StatefulSet's pod name); with the slot it
    /// becomes <c>group.instance.id</c> and <c>transactional.id</c>. Null: <c>STREAMINFERENCE_INSTANCE</c>, else the machine's name.
    /// </param>
    /// <param name="time">The pipeline's clock.</param>
    public KafkaTransport(ILoggerFactory loggers, IReadOnlyDictionary<string, string>? overrides = null, string? instance = null, TimeProvider? time = null)
    {
        _loggers = loggers;
        _overrides = overrides ?? new Dictionary<string, string>();
        _instance = instance ?? Environment.GetEnvironmentVariable("STREAMINFERENCE_INSTANCE") ?? Environment.MachineName;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The client properties of <paramref name="pipeline"/> with this transport's overrides on top.</summary>
    public KafkaSettings SettingsOf(PipelineConfig pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return KafkaSettings.From(pipeline.Kafka).With(_overrides);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FindObstacles(PipelineConfig pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return TopicCheck.Run(SettingsOf(pipeline), pipeline, CheckLimit);
    }

    /// <inheritdoc/>
    public IRecordSource CreateSource(PipelineConfig pipeline, int slot)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        KafkaSettings settings = SettingsOf(pipeline);
        settings.ThrowIfInvalid();
        string name = SlotName(pipeline, slot);
        return new KafkaRecordSource(
            new KafkaSourceOptions
            {
                Settings = settings,
                Topics = [pipeline.Input.Topic],
                GroupId = pipeline.Input.Group ?? pipeline.Name,
                Slot = _renamed.ContainsKey(name) ? name + OtherName : name,
                PartitionUnowned = () => Rename(name),
                OffsetReset = OffsetResetName(pipeline),
                Bounds = pipeline.Replay?.Bounds,
                Progress = pipeline.Progress is { } progress ? new KafkaProgressStore(settings, progress.Topic, _loggers.CreateLogger<KafkaProgressStore>()) : null,
                State = pipeline.State is { } state ? new KafkaStateStore(settings, state.Topic, _loggers.CreateLogger<KafkaStateStore>()) : null,
            },
            _loggers.CreateLogger<KafkaRecordSource>());
    }

    /// <inheritdoc/>
    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        if (source is not KafkaRecordSource group) throw new ArgumentException("The offsets of a Kafka sink belong to a Kafka source.", nameof(source));
        KafkaTransactionalSink sink = new(
            new KafkaSinkOptions
            {
                Settings = SettingsOf(pipeline),
                Pipeline = pipeline.Name,
                TransactionalId = SlotName(pipeline, slot),
                ResultTopic = pipeline.Output.Topic,
                DeadLetterTopic = pipeline.DeadLetterTopic,
                ProgressTopic = pipeline.Progress?.Topic,
                StateTopic = pipeline.State?.Topic,
                Headers = pipeline.Output.Headers,
            },
            group,
            _loggers.CreateLogger<KafkaTransactionalSink>(),
            _time);
        sink.Connect(ConnectLimit);
        return sink;
    }

    /// <summary>A new name is a new member, and a new member is what makes the group share its partitions out again.</summary>
    private void Rename(string name)
    {
        if (!_renamed.TryAdd(name, default)) _renamed.TryRemove(name, out _);
    }

    /// <inheritdoc/>
    public IDisposable ReadControl(PipelineConfig pipeline, int slot, Action<RequestCancellation> cancel, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ControlReader reader = new(SettingsOf(pipeline), pipeline.Control!.Topic, cancel, _time, _loggers.CreateLogger<ControlReader>(), stop);
        try
        {
            reader.Start(ConnectLimit);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private string SlotName(PipelineConfig pipeline, int slot) => $"{pipeline.Name}-{_instance}-{slot}";

    private static string OffsetResetName(PipelineConfig pipeline) => (pipeline.Replay, pipeline.Input.OffsetReset) switch
    {
        // A replay starts where it says; another offset is asked for only where that one is gone.
        ({ SkipsGone: false }, _) => "error",
        ({ SkipsGone: true }, _) => "earliest",
        (_, OffsetReset.Latest) => "latest",
        (_, OffsetReset.Error) => "error",
        _ => "earliest",
    };
}
