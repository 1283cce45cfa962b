using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Pipeline;

namespace StreamInference.Hosting;

/// <summary>
/// Runs the host's pipelines: starts them, starts a failed one again, stops them in order (what is in flight is committed, the groups are
/// left). A pipeline that cannot start at all ends the host.
/// </summary>
public sealed partial class StreamInferenceService : IHostedService, IStreamInferenceHealth, IDisposable
{
    private readonly StreamInferenceBuilder _builder;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<StreamInferenceService> _logger;
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<PipelineSupervisor> _supervisors = [];
    private int _isDisposed;

    /// <summary>Prepares the service; called by the container.</summary>
    public StreamInferenceService(IServiceProvider services)
    {
        _services = services;
        _builder = services.GetRequiredService<StreamInferenceBuilder>();
        _time = services.GetRequiredService<TimeProvider>();
        _lifetime = services.GetService<IHostApplicationLifetime>();
        _logger = services.GetRequiredService<ILogger<StreamInferenceService>>();
    }

    /// <summary>The running pipelines; empty before the start.</summary>
    public IReadOnlyList<StreamPipeline> Running => [.. _supervisors.Select(s => s.Pipeline)];

    /// <summary>Completes when every pipeline has ended: stopped, or done with a bounded source. Fails with the first failure that ended one.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <inheritdoc/>
    public bool IsLive => _supervisors.All(s => s.Pipeline.Health.IsAlive);

    /// <inheritdoc/>
    public bool IsReady => _supervisors.Count > 0 && _supervisors.All(s => s.Pipeline.Health.IsReady);

    /// <inheritdoc/>
    public IReadOnlyList<PipelineStatus> Pipelines => [.. _supervisors.Select(s => s.Status)];

    /// <summary>Starts every pipeline. Models load in the background; <see cref="IsReady"/> tells when they are there.</summary>
    /// <exception cref="InvalidConfigurationException">No transport, or no loader for a pipeline's kind of model.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _supervisors = [.. _builder.Pipelines.Select(Create)];
        foreach (PipelineConfig pipeline in _builder.Pipelines)
        {
            string settings = EffectiveConfig.Format(pipeline);
            LogEffective(pipeline.Name, settings);
        }

        Completion = Task.WhenAll(_supervisors.Select(Supervise).ToArray());
        return Task.CompletedTask;
    }

    /// <summary>Stops every pipeline in order. Stopping again changes nothing.</summary>
    /// <param name="cancellationToken">Ends the wait: what is not committed by then is read again by the next owner.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        Task ended = await Task.WhenAny(Completion, Task.Delay(Timeout.Infinite, cancellationToken));
        if (ended != Completion) LogAbandoned();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The container disposes the service once for each of its registrations.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        // A host that is disposed without a stop must not leave workers behind.
        _stop.Cancel();
        foreach (PipelineSupervisor supervisor in _supervisors) supervisor.Dispose();
        _stop.Dispose();
    }

    private PipelineSupervisor Create(PipelineConfig config)
    {
        IPipelineTransport transport = _services.GetService<IPipelineTransport>()
            ?? throw new InvalidConfigurationException($"Pipeline {config.Name}", [new ConfigError("kafka", "no transport is registered: call UseKafka()")]);
        string kind = config.Kind ?? ModelFolder.Find(config.Model).ReadKind();
        if (PipelineConfigValidator.ForeignSections(config, kind).ToArray() is { Length: > 0 } foreign) throw new InvalidConfigurationException($"Pipeline {config.Name}", foreign);
        IModelLoader[] loaders = [.. _services.GetServices<IModelLoader>()];
        IModelLoader loader = loaders.LastOrDefault(l => l.Kind == kind)
            ?? throw new InvalidConfigurationException($"Pipeline {config.Name}", [new ConfigError("kind", $"no loader for \"{kind}\" is registered{Known(loaders)}")]);
        StreamPipeline pipeline = new(
            config, transport, loader, _services, _services.GetRequiredService<ILoggerFactory>(), _time, _services.GetService<IMeterFactory>());
        return new PipelineSupervisor(pipeline, _time, _logger);
    }

    private static string Known(IModelLoader[] loaders) =>
        loaders.Length == 0 ? ": call UseOnnx()" : "; registered: " + string.Join(", ", loaders.Select(l => l.Kind).Distinct());

    private async Task Supervise(PipelineSupervisor supervisor)
    {
        try
        {
            await supervisor.RunAsync(_stop.Token);
        }
        catch (PipelineFailedException failure)
        {
            LogEnded(supervisor.Pipeline.Config.Name, failure.Message, failure.InnerException);
            _lifetime?.StopApplication();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Pipeline}: effective configuration\n{Settings}")]
    private partial void LogEffective(string pipeline, string settings);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Pipeline}: cannot start: {Reason}")]
    private partial void LogEnded(string pipeline, string reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pipelines were still stopping when the time to stop ended; the next owner reads what they had not committed")]
    private partial void LogAbandoned();
}
