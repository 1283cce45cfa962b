using System.Diagnostics;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Onnx.Language;

namespace StreamInference.Cli.Generating;

/// <summary>One model answering one reader: text as it is made, a line of figures at the end of each answer.</summary>
internal sealed class GenerateSession(LanguageModel model, LlmEngine engine, CliContext context, SamplingParameters sampling, bool showsSteps)
{
    private readonly List<ChatMessage> _conversation = [];
    private long _requests;
    private bool _isInLine;

    /// <summary>Adds a message that stands before the conversation.</summary>
    public void AddSystem(string text) => _conversation.Add(new ChatMessage("system", text));

    /// <summary>Answers one prompt, or one turn of a chat; false when the request was refused or failed.</summary>
    public bool Answer(string prompt, bool chat, CancellationToken cancellation)
    {
        string? text = chat ? Render(prompt) : prompt;
        if (text is null) return false;
        GenerationRequest request = new() { Id = ++_requests, Prompt = text, AddSpecialTokens = !chat, Sampling = sampling };
        (string answer, GenerationOutput last, TimeSpan elapsed) = Run(request, cancellation);
        context.Out.WriteLine();
        _isInLine = false;
        if (last.Error is { } error)
        {
            context.Error.WriteLine($"{error.Code}: {error.Detail}");
            return false;
        }
        if (chat)
        {
            _conversation.Add(new ChatMessage("user", prompt));
            _conversation.Add(new ChatMessage("assistant", answer));
        }
        Report(last, elapsed);
        return true;
    }

    private string? Render(string prompt)
    {
        ChatTemplateResult result = model.ChatTemplate!.Render([.. _conversation, new ChatMessage("user", prompt)], new ChatTemplateOptions());
        if (result.Text is null) context.Error.WriteLine($"The chat template refuses the conversation: {result.Error!.Message}");
        return result.Text;
    }

    private (string Answer, GenerationOutput Last, TimeSpan Elapsed) Run(GenerationRequest request, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        if (!engine.TrySubmit(request)) throw new InvalidOperationException("The engine takes no requests.");
        string answer = string.Empty;
        while (true)
        {
            if (cancellation.IsCancellationRequested) engine.Cancel(request.Id);
            engine.Step();
            if (showsSteps) ShowStep(engine.LastStep);
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                context.Out.Write(output.TextDelta);
                context.Out.Flush();
                _isInLine |= output.TextDelta.Length > 0;
                answer += output.TextDelta;
                if (output.IsFinal) return (answer, output, Stopwatch.GetElapsedTime(started));
            }
        }
    }

    private void ShowStep(StepStatistics step)
    {
        // On a terminal the text stands in the same column.
        if (_isInLine) context.Error.WriteLine();
        _isInLine = false;
        context.Error.WriteLine(FormattableString.Invariant(
            $"step {step.Step}: {step.DecodeRows} decode, {step.PromptTokens} prompt tokens, {step.Elapsed.TotalMilliseconds:0.0} ms, {step.FreeBlocks} blocks free, {step.CachedBlocks} cached"));
    }

    private void Report(GenerationOutput last, TimeSpan elapsed)
    {
        TimeSpan first = last.Timings.TimeToFirstToken;
        int later = last.Usage.CompletionTokens - 1;
        double rate = later > 0 ? later / Math.Max(1e-6, (elapsed - first).TotalSeconds) : 0;
        context.Error.WriteLine(FormattableString.Invariant(
            $"{last.Usage.PromptTokens} prompt tokens ({last.Usage.CachedTokens} cached), {last.Usage.CompletionTokens} tokens ({last.FinishReason}), {rate:0.0} tokens/s, first after {first.TotalMilliseconds:0} ms"));
    }
}
