using StreamInference.Broker.Faults;

namespace StreamInference.Broker.Loop;

/// <summary>Brings a call to its handler, by way of the injected faults. Runs on the loop.</summary>
internal sealed class RequestDispatcher(BrokerLoop loop, FaultRegistry faults)
{
    public void Dispatch(Call call)
    {
        var action = faults.Decide(call);
        switch (action.What)
        {
            case FaultAction.Kind.Pass:
                Handle(call);
                break;
            case FaultAction.Kind.Answer:
                call.Complete(call.Handler.Fail(call.Request, action.Error));
                break;
            case FaultAction.Kind.Drop:
                call.CompleteSilently();
                break;
            case FaultAction.Kind.Disconnect:
                call.Disconnect();
                break;
            case FaultAction.Kind.Delay:
                loop.Schedule(action.Time, () => Handle(call));
                break;
            case FaultAction.Kind.DelayResponse:
                call.ResponseDelay = action.Time;
                Handle(call);
                break;
            case FaultAction.Kind.DropResponse:
                call.OnResponse = static _ => new CallResult(null);
                Handle(call);
                break;
            default:
                call.OnResponse = static _ => new CallResult(null, Disconnect: true);
                Handle(call);
                break;
        }
    }

    private static void Handle(Call call)
    {
        try
        {
            if (call.Version < call.Handler.LowestServed) call.Complete(call.Handler.Fail(call.Request, ErrorCode.UnsupportedVersion));
            else call.Handler.Handle(call);
        }
        catch
        {
            call.Disconnect();
            throw;
        }
    }
}
