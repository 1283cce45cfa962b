using System.Text;

namespace StreamInference.Cli.Tests;

/// <summary>Runs a command line in this process and keeps what it writes.</summary>
internal sealed class CliRunner : IDisposable
{
    private readonly CancellationTokenSource _interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly SharedWriter _out = new();
    private readonly SharedWriter _error = new();

    public Dictionary<string, string> Environment { get; } = [];

    public string Input { get; set; } = "";

    public string Out => _out.Text;

    public string Error => _error.Text;

    public IReadOnlyList<string> OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static async Task<CliRunner> Run(params string[] args)
    {
        CliRunner runner = new();
        runner.ExitCode = await runner.Start(args);
        return runner;
    }

    public int ExitCode { get; private set; } = -1;

    public async Task<int> Start(params string[] args) => ExitCode = await Task.Run(() => CliApplication.RunAsync(args, Context()));

    /// <summary>What Ctrl-C does.</summary>
    public void Interrupt() => _interrupt.Cancel();

    /// <summary>Waits until the output has a line for which <paramref name="holds"/>.</summary>
    public async Task<string> WaitForLine(Func<string, bool> holds)
    {
        while (true)
        {
            Task written = _out.Written;
            if (OutLines.FirstOrDefault(holds) is { } line && Out.Contains(line + "\n", StringComparison.Ordinal)) return line;
            await written.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _interrupt.Dispose();

    private CliContext Context() => new()
    {
        In = new StringReader(Input),
        Out = _out,
        Error = _error,
        Environment = Environment,
        Interrupted = _interrupt.Token,
    };

    private sealed class SharedWriter : TextWriter
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Encoding Encoding => Encoding.UTF8;

        public Task Written
        {
            get
            {
                lock (_lock) return _written.Task;
            }
        }

        public string Text
        {
            get
            {
                lock (_lock) return _text.ToString();
            }
        }

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value)
        {
            TaskCompletionSource written;
            lock (_lock)
            {
                _text.Append(value);
                (written, _written) = (_written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            written.SetResult();
        }
    }
}
