namespace StreamInference.Tests.ProtocolModel;

/// <summary>The protocol, or the protocol without one of its rules.</summary>
internal enum ProtocolVariant
{
    /// <summary>As it is built.</summary>
    Kept,

    /// <summary>Offsets are sent before the last record: allowed, as long as new owners look in the right order.</summary>
    OffsetsSentEarly,

    /// <summary>A new owner reads the progress to the last stable offset.</summary>
    RestoresToLastStableOffset,

    /// <summary>A new owner takes the end of the progress before the committed offset, where offsets are sent early.</summary>
    EndBeforeCommittedOffset,

    /// <summary>No offset is sent when it did not move.</summary>
    NoOffsetWhenUnmoved,

    /// <summary>A commit whose answer was lost is taken for an abort.</summary>
    LostAnswerIsAbort,

    /// <summary>The group takes offsets of any generation.</summary>
    NoGenerationCheck,

    /// <summary>A new owner takes the committed offset while an open transaction can move it.</summary>
    UnstableCommittedOffset,
}

internal enum StepKind : byte
{
    Assign,
    Crash,
    FetchOffset,
    FindEnd,
    Restore,
    Begin,
    ProduceToken,
    ProduceProgress,
    SendOffsets,
    SendNoOffsets,
    OffsetsRefused,
    Commit,
    CommitAnswerLost,
    Abort,
    Fenced,
    TransactionTimesOut,
    ProgressMarker,
    OffsetMarker,
}

/// <summary>One step: what happens, and to which worker, request or transaction.</summary>
internal readonly record struct Step(StepKind Kind, int Of)
{
    public override string ToString() => $"{Kind}({Of})";
}

/// <summary>
/// What can happen to one partition of a token stream (KIP-98, KIP-447): two workers, rebalances that leave zombies, crashes, transactions that
/// time out, answers that are lost, markers that come to each partition in their own time. A transaction holds one token.
/// </summary>
internal sealed class ProgressProtocolModel(ModelSize size, ProtocolVariant variant)
{
    private static readonly StepKind[] Order = [StepKind.ProduceToken, StepKind.ProduceProgress, StepKind.SendOffsets, StepKind.Commit];
    private static readonly StepKind[] EarlyOffsets = [StepKind.ProduceToken, StepKind.SendOffsets, StepKind.ProduceProgress, StepKind.Commit];

    private readonly StepKind[] _order = variant is ProtocolVariant.OffsetsSentEarly or ProtocolVariant.EndBeforeCommittedOffset ? EarlyOffsets : Order;

    /// <summary>Adds every step that is possible in <paramref name="state"/>.</summary>
    public void AddSteps(ModelState state, List<(Step, ModelState)> into)
    {
        for (int worker = 0; worker < ModelSize.Workers; worker++)
        {
            AddGroupSteps(state, worker, into);
            switch (state.Worker(worker).Phase)
            {
                case WorkerPhase.Assigned or WorkerPhase.LooksFurther:
                    AddLooks(state, worker, into);
                    break;
                case WorkerPhase.Reads when state.LastStableOffset >= state.Worker(worker).End:
                    Add(into, StepKind.Restore, worker, state, next => Restore(next, worker));
                    break;
                case WorkerPhase.Runs when state.Worker(worker).Transaction == ModelState.None:
                    AddBegins(state, worker, into);
                    break;
                case WorkerPhase.Runs:
                    AddTransactionSteps(state, worker, into);
                    break;
            }
        }

        AddCoordinatorSteps(state, into);
    }

    private void AddGroupSteps(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        if (state.Generation >= size.Generations) return;
        if (state.Owner != worker && state.Worker(worker).Transaction == ModelState.None)
        {
            // The former owner hears nothing of it: a zombie.
            Add(into, StepKind.Assign, worker, state, next =>
            {
                next.Owner = (byte)worker;
                next.Generation++;
                next.Reset(worker);
                next.Worker(worker).Phase = WorkerPhase.Assigned;
                next.Worker(worker).Generation = next.Generation;
            });
        }

        if (state.Worker(worker).Phase == WorkerPhase.None) return;
        Add(into, StepKind.Crash, worker, state, next =>
        {
            // It starts again under its transactional id, which ends what it left open.
            if (next.Worker(worker).Transaction is var left and not ModelState.None) AbortIfOpen(ref next.Transaction(left));
            Leave(next, worker);
        });
    }

    /// <summary>A1, the committed offset, and A2, the end of the progress; the variants swap them or look at less.</summary>
    private void AddLooks(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        bool isFirst = state.Worker(worker).Phase == WorkerPhase.Assigned;
        bool fetches = isFirst == (variant != ProtocolVariant.EndBeforeCommittedOffset);
        if (fetches && HasPendingOffset(state) && variant != ProtocolVariant.UnstableCommittedOffset) return;
        Add(into, fetches ? StepKind.FetchOffset : StepKind.FindEnd, worker, state, next =>
        {
            ref ModelWorker self = ref next.Worker(worker);
            if (fetches) self.Offset = next.Committed;
            else self.End = variant == ProtocolVariant.RestoresToLastStableOffset ? (byte)next.LastStableOffset : next.ProgressRecords;
            self.Phase = isFirst ? WorkerPhase.LooksFurther : WorkerPhase.Reads;
        });
    }

    private void Restore(ModelState next, int worker)
    {
        ref ModelWorker self = ref next.Worker(worker);
        Span<byte> tokens = next.Tokens(worker);
        for (int request = 0; request < self.Offset; request++) tokens[request] = (byte)size.Tokens;
        for (int i = 0; i < self.End; i++)
        {
            ref ProgressRecord record = ref next.Progress(i);
            if (next.IsCommitted(record.Transaction) && record.Request >= self.Offset) tokens[record.Request] = record.Tokens == ModelState.None ? (byte)0 : record.Tokens;
        }

        self.Phase = WorkerPhase.Runs;
        self.End = 0;
    }

    private void AddBegins(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        if (state.Transactions == size.Transactions) return;
        for (int i = 0; i < state.Transactions; i++)
        {
            // The coordinator takes no new transaction of a producer whose last one is not complete.
            ref ModelTransaction earlier = ref state.Transaction(i);
            if (earlier.Worker == worker && (earlier.HasProgressMarker == 0 || earlier.HasOffsetMarker == 0)) return;
        }

        for (int request = 0; request < size.Requests; request++)
        {
            if (state.Tokens(worker)[request] == size.Tokens) continue;
            byte chosen = (byte)request;
            Add(into, StepKind.Begin, worker, state, next =>
            {
                ref ModelWorker self = ref next.Worker(worker);
                self.Transaction = next.Transactions;
                self.Step = 0;
                self.Request = chosen;
                next.Transaction(next.Transactions++) = new ModelTransaction { PendingOffset = ModelState.None, Worker = (byte)worker };
            });
        }
    }

    private void AddTransactionSteps(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        ModelWorker self = state.Worker(worker);
        if (state.Transaction(self.Transaction).Status != TransactionStatus.Open)
        {
            Add(into, StepKind.Fenced, worker, state, next => Leave(next, worker));
            return;
        }

        StepKind step = _order[self.Step];
        switch (step)
        {
            case StepKind.ProduceToken:
                Add(into, step, worker, state, next =>
                {
                    next.Output(next.OutputRecords++) = new OutputRecord { Transaction = self.Transaction, Request = self.Request, Index = next.Tokens(worker)[self.Request] };
                    next.Worker(worker).Step++;
                });
                break;
            case StepKind.ProduceProgress:
                Add(into, step, worker, state, next => ProduceProgress(next, worker));
                break;
            case StepKind.SendOffsets:
                AddSendOffsets(state, worker, into);
                break;
            default:
                AddCommits(state, worker, into);
                break;
        }

        Add(into, StepKind.Abort, worker, state, next =>
        {
            next.Transaction(self.Transaction).Status = TransactionStatus.Aborted;
            EndTransaction(ref next.Worker(worker));
        });
    }

    private void ProduceProgress(ModelState next, int worker)
    {
        ModelWorker self = next.Worker(worker);
        byte tokens = (byte)(next.Tokens(worker)[self.Request] + 1);
        next.Progress(next.ProgressRecords++) = new ProgressRecord { Transaction = self.Transaction, Request = self.Request, Tokens = tokens };
        for (byte passed = self.Offset; passed < PrefixAfter(next, worker); passed++)
            next.Progress(next.ProgressRecords++) = new ProgressRecord { Transaction = self.Transaction, Request = passed, Tokens = ModelState.None };
        next.Worker(worker).Step++;
    }

    private void AddSendOffsets(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        ModelWorker self = state.Worker(worker);
        byte prefix = PrefixAfter(state, worker);
        if (variant == ProtocolVariant.NoOffsetWhenUnmoved && prefix == self.Offset)
        {
            Add(into, StepKind.SendNoOffsets, worker, state, next => next.Worker(worker).Step++);
        }
        else if (self.Generation == state.Generation || variant == ProtocolVariant.NoGenerationCheck)
        {
            Add(into, StepKind.SendOffsets, worker, state, next =>
            {
                next.Transaction(self.Transaction).PendingOffset = prefix;
                next.Worker(worker).Step++;
            });
        }
        else
        {
            Add(into, StepKind.OffsetsRefused, worker, state, next =>
            {
                next.Transaction(self.Transaction).Status = TransactionStatus.Aborted;
                Leave(next, worker);
            });
        }
    }

    private void AddCommits(ModelState state, int worker, List<(Step, ModelState)> into)
    {
        ModelWorker self = state.Worker(worker);
        byte prefix = PrefixAfter(state, worker);
        Add(into, StepKind.Commit, worker, state, next =>
        {
            next.Transaction(self.Transaction).Status = TransactionStatus.Committed;
            next.Tokens(worker)[self.Request]++;
            next.Worker(worker).Offset = prefix;
            EndTransaction(ref next.Worker(worker));
        });
        Add(into, StepKind.CommitAnswerLost, worker, state, next =>
        {
            next.Transaction(self.Transaction).Status = TransactionStatus.Committed;
            EndTransaction(ref next.Worker(worker));
            if (variant == ProtocolVariant.LostAnswerIsAbort) return;
            // Everything in memory is given up and restored from the log.
            next.Reset(worker);
            next.Worker(worker).Phase = WorkerPhase.Assigned;
            next.Worker(worker).Generation = self.Generation;
        });
    }

    private static void AddCoordinatorSteps(ModelState state, List<(Step, ModelState)> into)
    {
        for (int i = 0; i < state.Transactions; i++)
        {
            int at = i;
            ModelTransaction transaction = state.Transaction(i);
            if (transaction.Status == TransactionStatus.Open)
            {
                Add(into, StepKind.TransactionTimesOut, at, state, next => next.Transaction(at).Status = TransactionStatus.Aborted);
                continue;
            }

            if (transaction.HasProgressMarker == 0) Add(into, StepKind.ProgressMarker, at, state, next => next.Transaction(at).HasProgressMarker = 1);
            if (transaction.HasOffsetMarker != 0) continue;
            Add(into, StepKind.OffsetMarker, at, state, next =>
            {
                next.Transaction(at).HasOffsetMarker = 1;
                if (transaction is { Status: TransactionStatus.Committed, PendingOffset: not ModelState.None }) next.Committed = transaction.PendingOffset;
            });
        }
    }

    /// <summary>The committed offset behind this transaction: the first request that is not finished then.</summary>
    private byte PrefixAfter(ModelState state, int worker)
    {
        Span<byte> tokens = state.Tokens(worker);
        byte prefix = 0;
        while (prefix < size.Requests && tokens[prefix] + (prefix == state.Worker(worker).Request ? 1 : 0) == size.Tokens) prefix++;
        return prefix;
    }

    private static bool HasPendingOffset(ModelState state)
    {
        for (int i = 0; i < state.Transactions; i++)
            if (state.Transaction(i) is { PendingOffset: not ModelState.None, HasOffsetMarker: 0 }) return true;
        return false;
    }

    private static void AbortIfOpen(ref ModelTransaction transaction)
    {
        if (transaction.Status == TransactionStatus.Open) transaction.Status = TransactionStatus.Aborted;
    }

    private static void EndTransaction(ref ModelWorker worker) => (worker.Transaction, worker.Step, worker.Request) = (ModelState.None, 0, 0);

    private static void Leave(ModelState next, int worker)
    {
        if (next.Owner == worker) next.Owner = ModelState.None;
        next.Reset(worker);
    }

    private static void Add(List<(Step, ModelState)> into, StepKind kind, int of, ModelState state, Action<ModelState> change)
    {
        ModelState next = state.Copy();
        change(next);
        into.Add((new Step(kind, of), next));
    }
}
