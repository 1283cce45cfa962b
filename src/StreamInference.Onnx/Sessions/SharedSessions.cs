namespace StreamInference.Onnx.Sessions;

/// <summary>
/// The process's sessions of model files. Whoever asks for the same file with equal options shares the session, so that the workers of a pipeline hold its
/// weights once: ONNX Runtime runs one session from several threads. It ends with its last user.
/// </summary>
internal static class SharedSessions
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<SessionKey, Shared> Living = [];

    /// <summary>Gives the session of <paramref name="key"/>, made by <paramref name="make"/> unless it lives already. Dispose it as if it were the only one.</summary>
    internal static OnnxSession Take(SessionKey key, Func<OnnxSession> make)
    {
        Shared shared = Enter(key);
        try
        {
            // The others wait for the one that loads; where it fails each tries for itself, and fails with a message of its own.
            lock (shared.Loading) shared.Session ??= make();
        }
        catch
        {
            Leave(key, shared);
            throw;
        }

        return shared.Session.ReleasedBy(() => Leave(key, shared));
    }

    private static Shared Enter(SessionKey key)
    {
        lock (Gate)
        {
            if (!Living.TryGetValue(key, out Shared? shared)) Living.Add(key, shared = new Shared());
            shared.Users++;
            return shared;
        }
    }

    private static void Leave(SessionKey key, Shared shared)
    {
        lock (Gate)
        {
            if (--shared.Users > 0) return;
            Living.Remove(key);
        }

        shared.Session?.Dispose();
    }

    private sealed class Shared
    {
        // Guarded by the gate.
        public int Users { get; set; }

        public Lock Loading { get; } = new();

        public OnnxSession? Session { get; set; }
    }
}
