using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// A tabular model behind the pipeline's contract: decodes JSON records into the model's tensors, runs them in ONNX Runtime, writes results. One
/// thread at a time; a warmed-up batch allocates nothing for its records.
/// </summary>
public sealed class TabularModel : IBatchModel
{
    private static readonly RecordError StateNotFinite = new(RecordErrorCodes.InvalidOutput, "The state that the model gives is not finite; the key keeps the one before.");

    private readonly OnnxSession _session;
    private readonly IReadOnlyList<ConstantInput> _constants;
    private readonly ModelTensors _tensors;
    private readonly BatchExecutor _executor;
    private readonly IRowDecoder _decoder;
    private readonly ResultEncoding _encoding;

    private readonly StateTensors? _state;

    // The row of each record of the running batch, or the error that keeps it from having one.
    private readonly int[] _rowOf;
    private readonly RecordError?[] _errors;

    internal TabularModel(TabularModelParts parts)
    {
        _session = parts.Session;
        _constants = parts.Constants;
        _tensors = parts.Tensors;
        _executor = parts.Executor;
        _decoder = parts.Decoder;
        _encoding = parts.Encoding;
        _state = parts.State;
        Description = parts.Description;
        Identity = parts.Identity;
        RowIndependence = parts.RowIndependence;
        RowsPerRun = parts.RowsPerRun;
        Sample = parts.Sample;
        _rowOf = new int[_tensors.Capacity];
        _errors = new RecordError?[_tensors.Capacity];
    }

    /// <summary>What <c>model.yaml</c> says.</summary>
    public TabularModelDescription Description { get; }

    /// <inheritdoc/>
    public ModelIdentity Identity { get; }

    /// <inheritdoc/>
    public int MaxBatchSize => _tensors.Capacity;

    /// <inheritdoc/>
    public bool KeepsState => _state is not null;

    /// <inheritdoc/>
    /// <remarks>A record with every field of the description; none where a decoder or an encoder of the user's own would see it.</remarks>
    public ReadOnlyMemory<byte> Sample { get; }

    /// <summary>What the check at load found.</summary>
    public RowIndependenceCheck RowIndependence { get; }

    /// <summary>The rows of each run: 1 for a model whose rows depend on their neighbours, the fixed batch axis for one that has it; null: the whole batch.</summary>
    public int? RowsPerRun { get; }

    /// <summary>What it runs on.</summary>
    public ExecutionProvider Provider => _session.Provider;

    internal OnnxSession Session => _session;

    /// <summary>The preferred providers that were refused, with the cause of each.</summary>
    public IReadOnlyList<ProviderRefusal> Refusals => _session.Refusals;

    /// <summary>Loads, checks and warms up a model.</summary>
    /// <param name="path">A model's folder with versions, a version's folder, or a <c>model.yaml</c>.</param>
    /// <param name="options">What the caller decides; null: nothing.</param>
    /// <exception cref="ModelLoadException">The model cannot be served; a description's mistakes are all in the message.</exception>
    public static TabularModel Load(string path, TabularModelOptions? options = null) => new TabularModelBuilder(options ?? new TabularModelOptions()).Load(path);

    /// <inheritdoc/>
    public void Run(MicroBatch batch, ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Count, MaxBatchSize);
        ReadOnlySpan<StreamRecord> records = batch.Records;
        _encoding.BeginBatch();
        if (_state is not null)
        {
            RunInTurns(records, _state, results);
            return;
        }

        int rows = Decode(records);
        if (rows > 0) _executor.Run(rows);
        for (int index = 0; index < records.Length; index++)
        {
            RecordError? error = _errors[index] ?? _executor.Failures[_rowOf[index]] ?? _encoding.Encode(records[index], _rowOf[index], results);
            if (error is null) results.Add(records[index]);
            else results.AddFailure(records[index], error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _executor.Dispose();
        _tensors.Dispose();
        foreach (ConstantInput constant in _constants) constant.Value.Dispose();
        _session.Dispose();
    }

    // A part ends before the second record of a key: its state is what the first one leaves.
    private void RunInTurns(ReadOnlySpan<StreamRecord> records, StateTensors state, ResultBatch results)
    {
        int first = 0, rows = 0;
        for (int index = 0; index < records.Length; index++)
        {
            if (rows == 0 || state.Rows.MustWait(records[index]))
            {
                RunPart(records[first..index], first, rows, state, results);
                (first, rows) = (index, 0);
                state.Rows.Begin();
                _tensors.Clear();
            }

            _errors[index] = records[index].HasKey ? _decoder.Decode(records[index], rows) : KeyedRows.MissingKey;
            _rowOf[index] = rows;
            if (_errors[index] is null) state.Load(state.Rows.Take(records[index], rows), rows++);
        }

        RunPart(records[first..], first, rows, state, results);
    }

    private void RunPart(ReadOnlySpan<StreamRecord> records, int first, int rows, StateTensors state, ResultBatch results)
    {
        if (rows > 0) _executor.Run(rows);
        for (int index = 0; index < records.Length; index++)
        {
            int row = _rowOf[first + index];
            if (_errors[first + index] is { } refused)
            {
                results.AddFailure(records[index], refused);
                continue;
            }

            RecordError? error = _executor.Failures[row] ?? (state.IsFinite(row) ? null : StateNotFinite) ?? _encoding.Encode(records[index], row, results);
            if (error is not null)
            {
                results.AddFailure(records[index], error);
            }
            else
            {
                state.Store(row, state.Rows.CellOf(row));
                results.Add(records[index]);
            }

            state.Rows.Write(row, results);
        }
    }

    // A record with an error takes no row: the next one is decoded over it.
    private int Decode(ReadOnlySpan<StreamRecord> records)
    {
        int rows = 0;
        _tensors.Clear();
        for (int index = 0; index < records.Length; index++)
        {
            _errors[index] = _decoder.Decode(records[index], rows);
            _rowOf[index] = rows;
            if (_errors[index] is null) rows++;
        }

        return rows;
    }
}
