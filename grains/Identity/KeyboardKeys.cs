namespace JamEmr.Identity;

/// <summary>Where the keys of the US keyboard lie, for walks over it. Each row stands half a key to the right of the one above.</summary>
internal static class KeyboardKeys
{
    private static readonly string[] Rows = ["`1234567890-=", " qwertyuiop[]\\", " asdfghjkl;'", " zxcvbnm,./"];

    private static readonly string[] Shifted = ["~!@#$%^&*()_+", " qwertyuiop{}|", " asdfghjkl:\"", " zxcvbnm<>?"];

    private static readonly Dictionary<char, (int Row, int Column)> Places = Read();

    /// <summary>The direction from one key to a neighbour; null when they are no neighbours.</summary>
    public static (int Row, int Column)? Step(char from, char to)
    {
        if (!Places.TryGetValue(from, out var a) || !Places.TryGetValue(to, out var b)) return null;
        var step = (Row: b.Row - a.Row, Column: b.Column - a.Column);
        return step is (0, 1) or (0, -1) or (1, 0) or (-1, 0) or (1, -1) or (-1, 1) ? step : null;
    }

    private static Dictionary<char, (int Row, int Column)> Read()
    {
        var places = new Dictionary<char, (int Row, int Column)>();
        foreach (var rows in new[] { Rows, Shifted })
        {
            for (var row = 0; row < rows.Length; row++)
            {
                for (var column = 0; column < rows[row].Length; column++)
                {
                    if (rows[row][column] != ' ') places[rows[row][column]] = (row, column);
                }
            }
        }

        return places;
    }
}
