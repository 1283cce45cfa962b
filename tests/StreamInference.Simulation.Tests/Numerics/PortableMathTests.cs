using CsCheck;

namespace StreamInference.Simulation.Tests.Numerics;

public sealed class PortableMathTests
{
    private const double UnitStep = 1.0 / (1L << 53);

    [Fact]
    public void The_logarithm_agrees_with_the_C_library() =>
        Gen.Double[1e-300, 1e300].Sample(x => Assert.Equal(Math.Log(x), PortableMath.Log(x), 1e-12 * Math.Max(1, Math.Abs(Math.Log(x)))));

    [Fact]
    public void The_logarithm_agrees_with_the_C_library_on_the_draws_of_the_generator() =>
        Gen.Double[UnitStep, 1].Sample(x => Assert.Equal(Math.Log(x), PortableMath.Log(x), 1e-12));

    [Fact]
    public void The_exponential_agrees_with_the_C_library() =>
        Gen.Double[-600, 600].Sample(x => Assert.Equal(1, PortableMath.Exp(x) / Math.Exp(x), 1e-12));

    [Fact]
    public void The_logarithm_of_one_is_zero() => Assert.Equal(0, PortableMath.Log(1));
}
