using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Streams;
using StreamInference.Onnx.Sessions;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Onnx.Language;

/// <summary>Loads models of the kind <c>llm</c> for pipelines: prompts in, token streams out, or whole answers where the pipeline's output takes no half ones.</summary>
public sealed class LanguageStreamLoader : IModelLoader
{
    /// <inheritdoc/>
    public string Kind => LanguageDescription.Kind;

    /// <inheritdoc/>
    /// <exception cref="ModelLoadException">The model cannot be served.</exception>
    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(services);
        TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        LanguageDescription description = LanguageDescription.Load(pipeline.Model.Path, pipeline.Model.Version);
        LanguageModel model = LanguageModelLoader.Load(description.Folder, description.Options with { Name = description.Name });
        // Cancelled requests stay in the engine's count until its next step, so it takes more than the runner hands it.
        LlmEngine engine = new(
            model.Executor, new LanguageTokenizerCodec(model.Tokenizer), new LlmEngineOptions { MaxRequests = description.MaxRequests * 4 }, time);
        ModelIdentity identity = new(description.Name, description.Version);
        TokenStreamOptions options = new()
        {
            FlushInterval = pipeline.Commit.Interval,
            MaxRequests = description.MaxRequests,
            MaxRequestBytes = checked((int)pipeline.Input.MaxRecordBytes.Bytes),
            ModelAliases = description.Aliases,
            Request = pipeline.Request is null ? null : new RequestTemplate(pipeline.Request),
            IgnoresDeadlines = pipeline.Replay is not null,
        };
        ChatTemplateRenderer? prompts = model.ChatTemplate is null ? null : new ChatTemplateRenderer(model.ChatTemplate, model.Tokenizer);
        return pipeline.Replay is { WholeAnswers: true }
            ? new AnswerBatchRunner(engine, identity, options, prompts, time)
            : new TokenStreamRunner(engine, identity, options, prompts, time, new TokenStreamMetrics(description.Name, services.GetService<IMeterFactory>()));
    }
}
