using System.Collections.Concurrent;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>Threads that decode batches while the model runs on an earlier one.</summary>
internal sealed class DecodePool : IDisposable
{
    private readonly BlockingCollection<FrameBatch> _waiting = [];
    private readonly Thread[] _threads;

    public DecodePool(int threads, Func<FrameWorker> createWorker)
    {
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            var worker = createWorker();
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"decode-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Lets the threads take part in a batch. A thread that comes late finds nothing to take.</summary>
    public void Announce(FrameBatch batch)
    {
        for (int i = 0; i < Math.Min(_threads.Length, batch.Source!.Count); i++) _waiting.Add(batch);
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _waiting.Dispose();
    }

    private void Work(FrameWorker worker)
    {
        foreach (var batch in _waiting.GetConsumingEnumerable()) batch.Work(worker);
    }
}
