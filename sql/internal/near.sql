-- "; did you mean ...?" for a word that is none of `words`, with at most three that are like it.
create function internal.near(word text, words text[]) returns text language sql stable as $$
    select coalesce('; did you mean ' || string_agg(candidate, ' or ' order by distance, candidate) || '?', '')
      from (select candidate, public.levenshtein_less_equal(lower(candidate), lower(word), 2) as distance
              from unnest(words) candidate
             where length(word) <= 100 and length(candidate) <= 100 and abs(length(candidate) - length(word)) <= 2
             order by 2, 1 limit 3) near
     where distance <= least(2, length(word) / 2)
$$;
