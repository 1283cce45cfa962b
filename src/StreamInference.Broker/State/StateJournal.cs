using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.State;

/// <summary>Where changes of everything but the logs are kept across restarts; the memory broker keeps them nowhere.</summary>
internal abstract class StateJournal : IDisposable
{
    public static StateJournal None { get; } = new NoJournal();

    public abstract void Write(IMessage entry);

    public abstract void Dispose();

    private sealed class NoJournal : StateJournal
    {
        public override void Write(IMessage entry)
        {
        }

        public override void Dispose()
        {
        }
    }
}
