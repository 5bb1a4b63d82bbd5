using JamEmr.Tests.Support;

namespace JamEmr.Tests.Cluster.Deployment;

/// <summary>Every suite that has something to say about Orleans is run on it wherever its packages can be had.</summary>
public sealed class SuiteTests
{
    [Theory]
    [InlineData("tests/engine")]
    [InlineData("tests/grains")]
    [InlineData("tests/cluster")]
    public void Given_a_suite_for_both_engines_When_the_project_is_checked_Then_it_is_run_on_Orleans_too(string suite)
    {
        var script = File.ReadLines(Path.Combine(Checkout.Root, ".ci", "run"));
        var suites = Assert.Single(script, line => line.TrimStart().StartsWith("for suite in ", StringComparison.Ordinal));

        Assert.Contains(suite, suites.TrimEnd(';', ' ').Split([' ', ';'], StringSplitOptions.RemoveEmptyEntries));
    }
}
