namespace StreamInference.Tests.ProtocolModel;

/// <summary>What a <c>read_committed</c> reader and the group may see in any state.</summary>
internal sealed class ProtocolInvariants(ModelSize size)
{
    /// <summary>The first invariant that does not hold; null when all do.</summary>
    public string? Violation(ModelState state)
    {
        Span<int> visible = stackalloc int[size.Requests];
        visible.Clear();
        for (int i = 0; i < state.OutputRecords; i++)
        {
            ref OutputRecord record = ref state.Output(i);
            if (!state.IsCommitted(record.Transaction)) continue;
            // The last token is the final result, so this says too that there is one and nothing behind it.
            if (record.Index != visible[record.Request]) return $"request {record.Request}: token {record.Index} after {visible[record.Request]} tokens";
            visible[record.Request]++;
        }

        for (int request = 0; request < size.Requests; request++)
        {
            int progress = Progress(state, request);
            bool isFinished = visible[request] == size.Tokens;
            if (request < state.Committed && !isFinished) return $"the committed offset {state.Committed} passed request {request}, which has {visible[request]} tokens";
            if (request < state.Committed && progress >= 0) return $"request {request} has live progress below the committed offset {state.Committed}";
            if (progress < 0 ? !isFinished && visible[request] > 0 : progress != visible[request])
                return $"request {request}: the progress says {progress}, {visible[request]} tokens are visible";
        }

        return null;
    }

    /// <summary>The committed progress of a request; -1 when it was deleted or never written.</summary>
    private static int Progress(ModelState state, int request)
    {
        int tokens = -1;
        for (int i = 0; i < state.ProgressRecords; i++)
        {
            ref ProgressRecord record = ref state.Progress(i);
            if (record.Request == request && state.IsCommitted(record.Transaction)) tokens = record.Tokens == ModelState.None ? -1 : record.Tokens;
        }

        return tokens;
    }
}
