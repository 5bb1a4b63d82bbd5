using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace JamEmr.Patients;

/// <summary>
/// The form in which names are compared: letters and digits only, lower case, without marks, so that "O'Brien", "OBrien" and "o’brien"
/// meet, as do "Müller" and "muller". Own tables, because the runtime has no Unicode normalisation without ICU. Stored in index entries:
/// a change here needs the index rebuilt.
/// </summary>
internal static class NameFolding
{
    private const char FirstFullWidth = '\uFF01';
    private const char LastFullWidth = '\uFF5E';
    private const int FullWidthDistance = 0xFEE0;

    private static readonly FrozenDictionary<char, string> Folds = Table();

    /// <summary>The folded form; empty when the text has neither letter nor digit.</summary>
    public static string Fold(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsBmp)
            {
                if (Rune.IsLetterOrDigit(rune)) folded.Append(Rune.ToLowerInvariant(rune));
                continue;
            }

            var c = (char)rune.Value;
            if (c is >= FirstFullWidth and <= LastFullWidth) c = (char)(c - FullWidthDistance);
            c = char.ToLowerInvariant(c);
            if (Folds.TryGetValue(c, out var fold)) folded.Append(fold);
            else if (char.IsLetterOrDigit(c) || IsSpacingMark(c)) folded.Append(c);
        }

        return folded.ToString();
    }

    // Marks over and under letters are dropped; vowel signs of Indic scripts are spacing marks and tell names apart.
    private static bool IsSpacingMark(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.SpacingCombiningMark;

    private static FrozenDictionary<char, string> Table()
    {
        var table = new Dictionary<char, string>();
        (string Base, string Variants)[] groups =
        [
            ("a", "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặªẚ"),
            ("b", "ḃḅḇƀɓ"),
            ("c", "çćĉċčḉƈ"),
            ("d", "ďđðḋḍḏḑḓɗ"),
            ("e", "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"),
            ("f", "ḟƒ"),
            ("g", "ĝğġģǧǵḡɠ"),
            ("h", "ĥħȟḣḥḧḩḫẖ"),
            ("i", "ìíîïĩīĭįǐȉȋḭḯỉịıİ"),
            ("j", "ĵǰ"),
            ("k", "ķǩḱḳḵƙĸ"),
            ("l", "ĺļľŀłḷḹḻḽ"),
            ("m", "ḿṁṃ"),
            ("n", "ñńņňŉŋǹṅṇṉṋ"),
            ("o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợº"),
            ("p", "ṕṗƥ"),
            ("r", "ŕŗřȑȓṙṛṝṟ"),
            ("s", "śŝşšſșṡṣṥṧṩẛ"),
            ("t", "ţťŧțṫṭṯṱẗ"),
            ("u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"),
            ("v", "ṽṿ"),
            ("w", "ŵẁẃẅẇẉẘ"),
            ("x", "ẋẍ"),
            ("y", "ýÿŷȳẏẙỳỵỷỹƴ"),
            ("z", "źżžẑẓẕƶ"),
            ("ae", "æǣǽ"),
            ("oe", "œ"),
            ("ss", "ß"),
            ("th", "þ"),
            ("ij", "ĳ"),
            ("dz", "ǆǳ"),
            ("lj", "ǉ"),
            ("nj", "ǌ"),
            ("α", "ά"),
            ("ε", "έ"),
            ("η", "ή"),
            ("ι", "ίϊΐ"),
            ("ο", "ό"),
            ("υ", "ύϋΰ"),
            ("ω", "ώ"),
            ("σ", "ς"),
            ("и", "йѝ"),
            ("е", "ёѐ"),
            ("і", "ї"),
            ("г", "ґѓ"),
            ("к", "ќ"),
            ("у", "ў"),
        ];
        foreach (var (letter, variants) in groups)
        {
            foreach (var variant in variants.Where(v => v > '\u007F')) table[variant] = letter;
        }

        return table.ToFrozenDictionary();
    }
}
