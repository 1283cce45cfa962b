using StreamInference.Broker.Handlers;
using StreamInference.Broker.Loop;

namespace StreamInference.Broker.Network;

/// <summary>What a connection needs of the broker.</summary>
internal sealed record BrokerServices(BrokerLoop Loop, RequestDispatcher Dispatcher, HandlerTable Handlers, TimeProvider Clock, int MaxRequestBytes);
