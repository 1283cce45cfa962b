using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>
/// Two workers answer prompts while faults hit them. A fault comes when the answers of every partition have moved since the last one and one of
/// each is under way, so it always hits answers in the middle; it is never the clock that decides.
/// </summary>
internal sealed class ChaosRun : IDisposable
{
    public const int Partitions = 4;
    private const int AnswersAtATime = 3;

    // A young JVM on a busy machine needs a minute; what never comes fails a little later.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(150);

    private readonly KafkaCluster _cluster;
    private readonly PromptStream _stream;
    private readonly CommittedReader _reader;
    private readonly WorkerProcess[] _workers;
    private readonly int[] _fed = new int[Partitions];
    private readonly bool[] _hasMoved = new bool[Partitions];
    private readonly HashSet<string>[] _open = [.. Enumerable.Range(0, Partitions).Select(_ => new HashSet<string>())];
    private readonly Stopwatch _sinceFault = new();
    private readonly Stopwatch _sinceRecord = Stopwatch.StartNew();
    private readonly Stopwatch _total = Stopwatch.StartNew();
    private Fault? _latest;

    public ChaosRun(KafkaCluster cluster, PromptStream stream)
    {
        _cluster = cluster;
        _stream = stream;
        _reader = new CommittedReader(cluster, stream.Topics.Name("reader"), stream.Output);
        _workers = [new WorkerProcess(stream.PipelineFile, cluster.BootstrapServers, "a"), new WorkerProcess(stream.PipelineFile, cluster.BootstrapServers, "b")];
    }

    public AnswerReader Answers { get; } = new();

    public int Kills { get; private set; }

    public int Zombies { get; private set; }

    public int BrokerKills { get; private set; }

    /// <summary>How long the slowest partition was silent after each fault, in seconds.</summary>
    public Dictionary<Fault, List<double>> Silences { get; } = [];

    /// <summary>Answers that were under way when a fault came.</summary>
    public int Interrupted { get; private set; }

    /// <summary>Asks every prompt once and hits nothing.</summary>
    public void RunUndisturbed()
    {
        for (int request = 0; request < PromptStream.Prompts; request++) Feed(request % Partitions);
        ReadUntil(() => _open.All(open => open.Count == 0));
    }

    public async Task RunAsync(ChaosPlan plan)
    {
        foreach (Fault fault in plan.Faults)
        {
            AwaitAnswersUnderWay(plan.Random);
            Interrupted += _open.Sum(open => open.Count(IsUnderWay));
            await InjectAsync(fault, plan.Random);
        }

        AwaitAnswersUnderWay(plan.Random);
        ReadUntil(() => _open.All(open => open.Count == 0));
        // What would be repeated comes after the end.
        for (Stopwatch end = Stopwatch.StartNew(); end.Elapsed < TimeSpan.FromSeconds(2);) ReadOne();
    }

    public string Summary()
    {
        string silences = string.Join(", ", Silences.OrderBy(kind => kind.Key).Select(kind => string.Create(
            CultureInfo.InvariantCulture, $"{kind.Key} {kind.Value.Order().ElementAt(kind.Value.Count / 2):F1} / {kind.Value.Max():F1} s")));
        return string.Create(CultureInfo.InvariantCulture,
            $"{Kills} kills, {Zombies} zombies, {BrokerKills} broker kills in {_total.Elapsed.TotalSeconds:F0} s: {Answers.Finished} answers, {Answers.Records} records, "
            + $"{Answers.Tokens} tokens, {Interrupted} answers interrupted; silent (median / longest): {silences}");
    }

    public void Dispose()
    {
        foreach (WorkerProcess worker in _workers) worker.Dispose();
        _reader.Dispose();
    }

    private async Task InjectAsync(Fault fault, Random random)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        int victim = random.Next(_workers.Length);
        WorkerProcess first = _workers[victim], other = _workers[1 - victim];
        BeginFault(fault);
        switch (fault)
        {
            case Fault.Kill:
                Kill(first);
                break;
            case Fault.KillBoth:
                first.Kill();
                Kill(other);
                first.Start();
                Kills++;
                break;
            case Fault.KillForLong:
                first.Kill();
                Kills++;
                ReadUntil(HaveAllMoved);
                first.Start();
                break;
            case Fault.Zombie:
                first.Freeze();
                ReadUntil(HaveAllMoved);
                Kill(other);
                Array.Clear(_hasMoved);
                first.Thaw();
                Zombies++;
                break;
            case Fault.BrokerKill:
                _cluster.KillBroker();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1500)), cancellation);
                await _cluster.RestartBrokerAsync(cancellation);
                BrokerKills++;
                break;
        }
    }

    private void Kill(WorkerProcess worker)
    {
        worker.KillAndRestart();
        Kills++;
    }

    private void BeginFault(Fault fault)
    {
        // Answers whose tokens were committed before the fault do not show that anyone lives after it.
        while (ReadOne())
        {
        }

        _latest = fault;
        _sinceFault.Restart();
        Array.Clear(_hasMoved);
    }

    /// <summary>Every partition has moved and has an answer under way, and a random number of further tokens has come.</summary>
    private void AwaitAnswersUnderWay(Random random)
    {
        ReadUntil(HaveAllMoved);
        if (_latest is { } fault)
        {
            if (!Silences.TryGetValue(fault, out List<double>? times)) Silences[fault] = times = [];
            times.Add(_sinceFault.Elapsed.TotalSeconds);
        }

        for (int target = Answers.Tokens + random.Next(200); Answers.Tokens < target || !_open.All(open => open.Any(IsUnderWay));)
        {
            TopUp(AnswersAtATime);
            ReadOne();
        }
    }

    private bool HaveAllMoved() => Array.TrueForAll(_hasMoved, moved => moved);

    private bool IsUnderWay(string id) => Answers.Answers.TryGetValue(id, out Answer? answer) && answer is { IsFinished: false, Tokens.Count: > 0 };

    private void ReadUntil(Func<bool> condition)
    {
        while (!condition())
        {
            // A partition whose answers all ended could not show that it has an owner.
            TopUp(1, silentOnly: true);
            ReadOne();
        }
    }

    private void TopUp(int answers, bool silentOnly = false)
    {
        for (int partition = 0; partition < Partitions; partition++)
            while (!(silentOnly && _hasMoved[partition]) && _open[partition].Count < answers) Feed(partition);
    }

    private void Feed(int partition)
    {
        int request = partition + (Partitions * _fed[partition]++);
        _open[partition].Add(PromptStream.Id(request));
        _stream.Feed(request, partition);
    }

    /// <summary>Reads a record; false when none came for a moment.</summary>
    private bool ReadOne()
    {
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        ConsumeResult<byte[]?, byte[]?>? record = _reader.Next();
        if (record is null)
        {
            if (_sinceRecord.Elapsed > Quiet) Assert.Fail($"Nothing came for {Quiet.TotalSeconds} s after {_latest}: {Summary()}\n{string.Join('\n', _workers.Select(worker => worker.Describe()))}");
            return false;
        }

        _sinceRecord.Restart();
        string id = Answers.Take(record.Message.Value!);
        if (Answers.Violations.Count > 0) Assert.Fail($"After {_latest}: {Answers.Violations[0]}\n{Summary()}");
        int partition = PromptStream.NumberOf(id) % Partitions;
        _hasMoved[partition] = true;
        if (Answers.Answers[id].IsFinished) _open[partition].Remove(id);
        return true;
    }
}
