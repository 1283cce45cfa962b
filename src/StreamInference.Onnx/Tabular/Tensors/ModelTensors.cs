using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>An input that is the same for every run.</summary>
internal sealed record ConstantInput(string Name, OrtValue Value);

/// <summary>
/// The buffers of all inputs and outputs for up to a number of rows, and the bindings that let ONNX Runtime work in them. A binding is made once for
/// each number of rows that occurs, so that a run allocates nothing. Owned by the model's loop.
/// </summary>
internal sealed class ModelTensors : IDisposable
{
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<ConstantInput> _constants;
    private readonly bool _synchronize;
    private readonly RunOptions _runOptions = new();
    private readonly InputTensor[] _unpinned;
    private readonly bool _takesOutputs;

    // By number of rows.
    private readonly OrtIoBinding?[] _bindings;
    private readonly List<OrtValue> _values = [];

    internal ModelTensors(
        InferenceSession session, IReadOnlyList<InputTensor> inputs, IReadOnlyList<OutputTensor> outputs, IReadOnlyList<ConstantInput> constants, int capacity, bool onDevice)
    {
        _session = session;
        Inputs = inputs;
        Outputs = outputs;
        _constants = constants;
        Capacity = capacity;
        _synchronize = onDevice;
        _unpinned = [.. inputs.Where(input => !input.IsPinned)];
        _takesOutputs = outputs.Any(output => !output.IsPinned);
        _bindings = new OrtIoBinding?[capacity + 1];
        _runOptions.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
    }

    internal IReadOnlyList<InputTensor> Inputs { get; }

    internal IReadOnlyList<OutputTensor> Outputs { get; }

    internal int Capacity { get; }

    /// <summary>Begins a new batch.</summary>
    internal void Clear()
    {
        foreach (InputTensor input in _unpinned) input.Clear();
        if (!_takesOutputs) return;
        foreach (OutputTensor output in Outputs) output.Clear();
    }

    /// <summary>Makes buffers of the same kind for as many rows.</summary>
    internal ModelTensors WithCapacity(int capacity) => new(
        _session, [.. Inputs.Select(input => input.WithCapacity(capacity))], [.. Outputs.Select(output => output.WithCapacity(capacity))], _constants, capacity, _synchronize);

    /// <summary>Runs the model over the first <paramref name="rows"/> rows.</summary>
    /// <exception cref="OnnxRuntimeException">The run failed; nothing is known about the outputs.</exception>
    internal void Run(int rows)
    {
        OrtIoBinding binding = _bindings[rows] ??= Bind(rows);
        if (_unpinned.Length > 0) RunWithFreshInputs(binding, rows);
        else Run(binding);
        if (_takesOutputs) TakeOutputs(binding, rows);
    }

    internal void CopyInputs(ModelTensors source, int from, int to, int count)
    {
        for (int input = 0; input < Inputs.Count; input++) Inputs[input].CopyRows(source.Inputs[input], from, to, count);
    }

    internal void CopyOutputs(ModelTensors source, int from, int to, int count)
    {
        for (int output = 0; output < Outputs.Count; output++) Outputs[output].CopyRows(source.Outputs[output], from, to, count);
    }

    public void Dispose()
    {
        foreach (OrtIoBinding? binding in _bindings) binding?.Dispose();
        foreach (OrtValue value in _values) value.Dispose();
        _runOptions.Dispose();
    }

    private OrtIoBinding Bind(int rows)
    {
        OrtIoBinding binding = _session.CreateIoBinding();
        foreach (ConstantInput constant in _constants) binding.BindInput(constant.Name, constant.Value);
        foreach (InputTensor input in Inputs.Where(input => input.IsPinned)) binding.BindInput(input.Name, Keep(input.CreateValue(rows)));
        foreach (OutputTensor output in Outputs)
        {
            if (output.IsPinned) binding.BindOutput(output.Name, Keep(output.CreateValue(rows)));
            else binding.BindOutputToDevice(output.Name, OrtMemoryInfo.DefaultInstance);
        }

        return binding;
    }

    private void TakeOutputs(OrtIoBinding binding, int rows)
    {
        // In the order in which they were bound.
        using IDisposableReadOnlyCollection<OrtValue> values = binding.GetOutputValues();
        for (int output = 0; output < Outputs.Count; output++)
            if (!Outputs[output].IsPinned) Outputs[output].Take(values[output], rows);
    }

    private void RunWithFreshInputs(OrtIoBinding binding, int rows)
    {
        OrtValue[] fresh = new OrtValue[_unpinned.Length];
        for (int index = 0; index < fresh.Length; index++) binding.BindInput(_unpinned[index].Name, fresh[index] = _unpinned[index].CreateValue(rows));
        try
        {
            Run(binding);
        }
        finally
        {
            foreach (OrtValue value in fresh) value.Dispose();
        }
    }

    private void Run(OrtIoBinding binding)
    {
        if (_synchronize) binding.SynchronizeBoundInputs();
        _session.RunWithBinding(_runOptions, binding);
        if (_synchronize) binding.SynchronizeBoundOutputs();
    }

    private OrtValue Keep(OrtValue value)
    {
        _values.Add(value);
        return value;
    }
}
