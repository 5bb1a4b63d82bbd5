using JamEmr.Patients;

namespace JamEmr.Tests.Grains.Patients;

public sealed class NameFoldingTests
{
    [Theory]
    [InlineData("O'Brien", "obrien")]
    [InlineData("O’Brien", "obrien")]
    [InlineData("Müller", "muller")]
    [InlineData("Mu\u0308ller", "muller")]
    [InlineData("MÜLLER", "muller")]
    [InlineData("van der Berg", "vanderberg")]
    [InlineData("Garcia-López", "garcialopez")]
    [InlineData("Großmann", "grossmann")]
    [InlineData("Łukasz Ðorđe", "lukaszdorde")]
    [InlineData("Ångström Øre Æbel", "angstromoreaebel")]
    [InlineData("İpek Işık", "ipekisik")]
    [InlineData("Nguyễn", "nguyen")]
    [InlineData("Фёдоров", "федоров")]
    [InlineData("Παπαδόπουλος", "παπαδοπουλοσ")]
    [InlineData("王", "王")]
    [InlineData("Ｓｍｉｔｈ", "smith")]
    [InlineData("𠮷野", "𠮷野")]
    [InlineData("Henry 3rd", "henry3rd")]
    [InlineData(" - ' . ", "")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Given_a_name_When_folded_Then_letters_and_digits_remain_without_marks(string? name, string expected) =>
        Assert.Equal(expected, NameFolding.Fold(name));

    [Fact]
    public void Given_a_lone_surrogate_When_folded_Then_it_does_no_harm() => Assert.Equal("ab", NameFolding.Fold("a\ud800b"));

    [Fact]
    public void Given_a_folded_name_When_folded_again_Then_nothing_changes()
    {
        foreach (var name in new[] { "O'Brien", "Großmann", "İpek", "Παπαδόπουλος", "Ǆemal" })
            Assert.Equal(NameFolding.Fold(name), NameFolding.Fold(NameFolding.Fold(name)));
    }
}
